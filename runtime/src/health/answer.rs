//! What is sent back.

use super::page::Form;

/// The answer to who asks for health or readiness.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthAnswer {
    /// The status code: 200 or 503.
    pub status: u16,
    /// Names and values of headers, without that of the length.
    pub headers: Vec<(&'static str, String)>,
    /// The body; for `HEAD` it is left out.
    pub body: String,
}

impl HealthAnswer {
    pub(super) fn new(status: u16, form: Form, body: String) -> HealthAnswer {
        let headers = [("Content-Type", form.content_type()), ("Cache-Control", "no-store")];
        let headers = headers.map(|(name, value)| (name, value.to_owned()));
        HealthAnswer { status, headers: headers.into(), body }
    }
}
