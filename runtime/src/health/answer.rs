//! Responses to probes.

use super::page::Form;

/// The response to a probe.
///
/// ```
/// use measurand::health::{Health, HealthAnswer};
///
/// let HealthAnswer { status, headers, body, .. } = Health::new().live();
/// assert_eq!((status, &*body), (200, "ok\n"));
/// assert!(headers.contains(&("Cache-Control", "no-store".to_owned())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthAnswer {
    /// The status code: 200 or 503.
    pub status: u16,
    /// The names and values of headers, without `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// The body, which is not sent for `HEAD`.
    pub body: String,
}

impl HealthAnswer {
    pub(super) fn new(status: u16, form: Form, body: String) -> HealthAnswer {
        let headers = [("Content-Type", form.content_type()), ("Cache-Control", "no-store")];
        let headers = headers.map(|(name, value)| (name, value.to_owned()));
        HealthAnswer { status, headers: headers.into(), body }
    }
}
