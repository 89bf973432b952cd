//! What is sent.

use ureq::http::{HeaderName, HeaderValue, Method};

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// What is put after the destination's path; it begins with `/`, or is empty.
    pub(crate) path: String,
    /// Headers of this request, beside those of the destination.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The body. Without one there is no header that describes one, either.
    pub(crate) body: Option<Vec<u8>>,
}

impl Request {
    /// A `GET` of the destination's own URL.
    #[cfg(any(feature = "health-http", test))]
    pub(crate) fn get() -> Request {
        Request { method: Method::GET, path: String::new(), headers: Vec::new(), body: None }
    }
}
