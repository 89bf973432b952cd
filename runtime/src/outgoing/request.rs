//! Requests.

use ureq::http::{HeaderName, HeaderValue, Method};

/// A request to a destination.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingRequest {
    pub(crate) method: Method,
    /// The path below that of the destination; it starts with `/` or is empty.
    pub(crate) path: String,
    /// The headers of this request, in addition to those of the destination.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, if there is one.
    pub(crate) body: Option<Vec<u8>>,
}

impl OutgoingRequest {
    /// Creates a `GET` of the destination's own URL.
    #[cfg(any(feature = "health-http", test))]
    pub(crate) fn get() -> OutgoingRequest {
        OutgoingRequest {
            method: Method::GET,
            path: String::new(),
            headers: Vec::new(),
            body: None,
        }
    }
}
