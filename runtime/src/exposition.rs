//! The formats in which metrics leave the process; each one is a [`Sink`](crate::registry::Sink).

mod number;
mod text;

pub use text::TEXT_CONTENT_TYPE;

use crate::registry::Registry;
use text::TextSink;

impl Registry {
    /// Adds the exposition in Prometheus's text format 0.0.4 to `text`.
    ///
    /// Nothing is allocated if `text` has room, so keep it between scrapes.
    ///
    /// ```
    /// let mut text = String::new();
    /// measurand::Registry::global().encode_text(&mut text);
    /// ```
    pub fn encode_text(&self, text: &mut String) {
        let mut bytes = std::mem::take(text).into_bytes();
        self.encode_text_bytes(&mut bytes);
        // All of it was text.
        *text = String::from_utf8(bytes).unwrap_or_default();
    }

    /// The same for who wants bytes, which saves looking whether they are text.
    ///
    /// ```
    /// let mut body = Vec::new();
    /// measurand::Registry::global().encode_text_bytes(&mut body);
    /// ```
    pub fn encode_text_bytes(&self, text: &mut Vec<u8>) {
        self.gather(&mut TextSink::new(text));
    }
}

/// Adds the exposition of all metrics of the binary to `text`, in text format 0.0.4.
///
/// It is [`Registry::encode_text`] of [`Registry::global`].
///
/// ```
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// ```
pub fn encode_text(text: &mut String) {
    Registry::global().encode_text(text);
}
