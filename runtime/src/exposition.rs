//! The formats in which metrics leave the process; each one is a [`Sink`](crate::registry::Sink).

mod number;
mod text;

pub use text::TEXT_CONTENT_TYPE;

use std::collections::TryReserveError;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::registry::{Gather, GatherError, Registry};
use crate::storage::IS_RECORDING;
use text::{OnShortage, TextSink};

impl Registry {
    /// Adds the exposition in Prometheus's text format 0.0.4 to `text`.
    ///
    /// Nothing is allocated if `text` has room, so keep it between scrapes. If there is no memory
    /// for more of it, this ends the process, as does whatever grows a `String`;
    /// [`try_encode_text_bytes`](Registry::try_encode_text_bytes) does not.
    ///
    /// ```
    /// let mut text = String::new();
    /// measurand::Registry::global().encode_text(&mut text);
    /// ```
    #[doc(alias = "TextEncoder")]
    #[doc(alias = "render")]
    pub fn encode_text(&self, text: &mut String) {
        encode_text_of(self, text);
    }

    /// The same for who wants bytes, which saves looking whether they are text.
    ///
    /// ```
    /// let mut body = Vec::new();
    /// measurand::Registry::global().encode_text_bytes(&mut body);
    /// ```
    pub fn encode_text_bytes(&self, text: &mut Vec<u8>) {
        encode_text_bytes_of(self, text);
    }

    /// The same where memory may be short, so that a page that cannot be made does not end the
    /// process.
    ///
    /// # Errors
    ///
    /// If there is no memory for the text, or for the list of the series; the text is then as it
    /// was.
    ///
    /// ```
    /// let mut body = Vec::new();
    /// measurand::Registry::global().try_encode_text_bytes(&mut body)?;
    /// # Ok::<(), measurand::exposition::EncodeError>(())
    /// ```
    pub fn try_encode_text_bytes(&self, text: &mut Vec<u8>) -> Result<(), EncodeError> {
        try_encode_text_bytes_of(self, text)
    }
}

fn encode(
    gather: &dyn Gather,
    text: &mut Vec<u8>,
    on_shortage: OnShortage,
) -> Result<(), EncodeError> {
    let mut sink = TextSink::new(text, on_shortage);
    if !IS_RECORDING {
        warn_once();
        sink.comment(NOT_RECORDING);
    }
    let gathered = gather.try_gather(&mut sink);
    match (gathered, on_shortage) {
        (Err(error), OnShortage::End) => error.end_process(),
        (Err(error), OnShortage::Fail) => Err(EncodeError(Shortage::List(error))),
        // What was left out is in the log.
        (Ok(_), _) => sink.finish(),
    }
}

/// What stands on a page of a build that records nothing.
const NOT_RECORDING: &str = "Nothing is recorded: the feature `record` of `measurand` is off; a binary turns it on by depending on `measurand` with default features";

/// A library is built without on purpose, a binary that shows a page hardly ever.
#[cold]
fn warn_once() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        log::warn!("{NOT_RECORDING}");
    }
}

/// Why an exposition could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(Shortage);

/// What there is no memory for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shortage {
    List(GatherError),
    /// The labels of some series.
    Labels(TryReserveError),
    /// A text of a length could not have so many bytes more.
    Text {
        len: usize,
        more: usize,
        source: TryReserveError,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Shortage::List(error) => error.fmt(f),
            Shortage::Labels(_) => f.write_str(
                "no memory for the labels of the series; give the process more memory, or keep \
                 fewer series, such as by `max_series`",
            ),
            Shortage::Text { len, more, .. } => write!(
                f,
                "no memory for {more} bytes behind the first {len}; give the process more memory, \
                 or keep fewer series, such as by `max_series`"
            ),
        }
    }
}

impl Error for EncodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Shortage::List(error) => error.source(),
            Shortage::Labels(source) | Shortage::Text { source, .. } => Some(source),
        }
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

/// Adds the exposition of what `gather` has to `text`, in text format 0.0.4.
///
/// It is [`Registry::encode_text`] for any [`Gather`], whose page has an example.
pub fn encode_text_of(gather: &(impl Gather + ?Sized), text: &mut String) {
    let mut bytes = std::mem::take(text).into_bytes();
    encode_text_bytes_of(gather, &mut bytes);
    // All of it was text.
    *text = String::from_utf8(bytes).unwrap_or_default();
}

/// The same for who wants bytes, which saves looking whether they are text.
///
/// ```
/// use measurand::registry::{Gather, Registry};
///
/// let gather: Box<dyn Gather> = Box::new(Registry::new());
/// let mut body = Vec::new();
/// measurand::exposition::encode_text_bytes_of(&gather, &mut body);
/// assert!(body.is_empty());
/// ```
pub fn encode_text_bytes_of(gather: &(impl Gather + ?Sized), text: &mut Vec<u8>) {
    // There is no error of this kind.
    let _ = encode(&gather, text, OnShortage::End);
}

/// The same where memory may be short, so that a page that cannot be made does not end the process.
///
/// # Errors
///
/// If there is no memory for the text, or the gather says so; the text is then as it was.
///
/// ```
/// use std::sync::Arc;
/// use measurand::registry::Registry;
///
/// let mut body = Vec::new();
/// measurand::exposition::try_encode_text_bytes_of(&Arc::new(Registry::new()), &mut body)?;
/// # Ok::<(), measurand::exposition::EncodeError>(())
/// ```
pub fn try_encode_text_bytes_of(
    gather: &(impl Gather + ?Sized),
    text: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    encode(&gather, text, OnShortage::Fail)
}
