//! The formats in which metrics leave the process; each one is a [`Sink`].

mod compression;
mod format;
mod negotiation;
mod number;
mod page;
mod protobuf;
mod text;
mod write;

pub use compression::Compression;
pub use format::Format;
pub use negotiation::Negotiated;
#[cfg(feature = "health")]
pub(crate) use negotiation::{split, weight};
pub use text::TEXT_CONTENT_TYPE;
pub use write::Periodic;

use std::collections::TryReserveError;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::descriptor::Descriptor;
pub use crate::naming::Escaping;
use crate::registry::{Gather, GatherError, Registry, Sink};
use crate::storage::IS_RECORDING;
use page::{OnShortage, Page};
use protobuf::ProtobufSink;
#[cfg(feature = "experimental-openmetrics-2")]
use text::OpenMetrics2Sink;
use text::TextSink;

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

    /// Like [`encode_text`](Registry::encode_text), but appends bytes, which saves the check that they are text.
    ///
    /// ```
    /// let mut body = Vec::new();
    /// measurand::Registry::global().encode_text_bytes(&mut body);
    /// ```
    pub fn encode_text_bytes(&self, text: &mut Vec<u8>) {
        encode_text_bytes_of(self, text);
    }

    /// Like [`encode_text_bytes`](Registry::encode_text_bytes), but returns an error where there is no memory for the
    /// page, instead of ending the process.
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

/// What a page looks like.
///
/// ```
/// use measurand::exposition::{Encoder, Format};
/// use measurand::{Counter, Metrics, Registry};
///
/// /// The mails.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_encoder", instance)]
/// struct MailMetrics {
///     /// Mails sent.
///     sent_total: Counter,
/// }
///
/// let registry = Registry::new();
/// let mail = MailMetrics::register(&registry)?;
/// mail.sent_total.inc();
/// let mut page = Vec::new();
/// Encoder::new(Format::OpenMetrics).encode(&registry, &mut page)?;
/// assert_eq!(
///     String::from_utf8(page)?,
///     "\
/// ## TYPE doc_encoder_sent counter
/// ## HELP doc_encoder_sent Mails sent.
/// doc_encoder_sent_total 1
/// ## EOF
/// "
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use = "it encodes nothing until `encode` is called"]
pub struct Encoder {
    format: Format,
    created_samples: bool,
    escaping: Escaping,
}

impl Encoder {
    /// Pages in a format.
    pub const fn new(format: Format) -> Encoder {
        Encoder { format, created_samples: false, escaping: format.escaping() }
    }

    /// Says in OpenMetrics since when each series counts, by a sample `…_created` beside it: that is one more
    /// series for most scrapers. Protobuf always says so, by a field, and text format 0.0.4 cannot.
    pub const fn created_samples(self, created: bool) -> Encoder {
        Encoder { created_samples: created, ..self }
    }

    /// How names are written that [`utf8`](crate::Metrics) allows and older scrapers do not take: with a `_` for
    /// each character that these do not know, unless it is said otherwise.
    ///
    /// ```
    /// use measurand::exposition::{Encoder, Escaping, Format};
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Gauge, Registry};
    ///
    /// let registry = Registry::new();
    /// let options = FamilyOptions::new("pool.idle", "Connections that are idle.").utf8();
    /// let _idle = options.register_unlabelled::<Gauge>(&registry)?;
    /// let mut page = Vec::new();
    /// Encoder::new(Format::Text).escaping(Escaping::AllowUtf8).encode(&registry, &mut page)?;
    /// assert!(page.ends_with(b"{\"pool.idle\"} 0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn escaping(self, escaping: Escaping) -> Encoder {
        Encoder { escaping, ..self }
    }

    /// Adds the page of what `source` gathers.
    ///
    /// Nothing is allocated for it if there is room, so keep it between scrapes.
    ///
    /// # Errors
    ///
    /// If there is no memory for the page, or the gather says so; the page is then as it was.
    pub fn encode(
        &self,
        source: &(impl Gather + ?Sized),
        page: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.encode_with(&source, page, OnShortage::Fail)
    }

    /// Adds the page, compressed while it is made: `piece` is room for a piece of it.
    #[cfg(feature = "serve")]
    pub(crate) fn encode_compressed(
        &self,
        source: &dyn Gather,
        compression: Compression,
        piece: &mut Vec<u8>,
        compressed: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let failed = |error: std::io::Error| EncodeError(Shortage::Drain(error.to_string()));
        let len = piece.len();
        let shortage = |source| EncodeError(Shortage::Page { len, more: page::PIECE, source });
        piece.try_reserve(page::PIECE).map_err(shortage)?;
        let mut compressor = compression.compressor(compressed).map_err(failed)?;
        self.encode_into(source, Page::drained(piece, &mut compressor), OnShortage::Fail)?;
        compressor.finish().map_err(failed)
    }

    fn encode_with(
        &self,
        source: &dyn Gather,
        page: &mut Vec<u8>,
        on_shortage: OnShortage,
    ) -> Result<(), EncodeError> {
        self.encode_into(source, Page::new(page, on_shortage), on_shortage)
    }

    fn encode_into(
        &self,
        source: &dyn Gather,
        page: Page<'_>,
        on_shortage: OnShortage,
    ) -> Result<(), EncodeError> {
        if !IS_RECORDING {
            warn_once();
        }
        match self.format {
            Format::Text => {
                let mut sink: TextSink<'_> = TextSink::new(page, self.escaping);
                if !IS_RECORDING {
                    sink.comment(NOT_RECORDING);
                }
                gather(source, &mut sink, on_shortage)?;
                sink.finish()
            }
            Format::OpenMetrics => {
                let sink = TextSink::<true>::new(page, self.escaping);
                let mut sink = sink.with_created(self.created_samples);
                gather(source, &mut sink, on_shortage)?;
                sink.finish()
            }
            #[cfg(feature = "experimental-openmetrics-2")]
            Format::OpenMetrics2 => {
                let mut sink = OpenMetrics2Sink::new(page, self.escaping);
                gather(source, &mut sink, on_shortage)?;
                sink.finish()
            }
            Format::Protobuf => {
                let mut sink = ProtobufSink::new(page, self.escaping);
                gather(source, &mut sink, on_shortage)?;
                sink.finish()
            }
        }
    }
}

/// Gathers. What was left out is in the log.
fn gather(
    source: &dyn Gather,
    sink: &mut dyn Sink,
    on_shortage: OnShortage,
) -> Result<(), EncodeError> {
    match (source.try_gather(sink), on_shortage) {
        (Err(error), OnShortage::End) => error.end_process(),
        (Err(error), OnShortage::Fail) => Err(EncodeError(Shortage::List(error))),
        (Ok(_), _) => Ok(()),
    }
}

/// The unit of a family that has this name on a page, `_total` apart. It is the end of the name after a `_`, or
/// a scraper takes nothing of the page.
fn unit_of(family: &Descriptor, name: &str) -> Option<&'static str> {
    family.unit.filter(|unit| name.strip_suffix(*unit).is_some_and(|rest| rest.ends_with('_')))
}

/// What stands on a page of a build that records nothing.
const NOT_RECORDING: &str = "Nothing is recorded: the feature `record` of `measurand` is off; a binary turns it on by depending on `measurand` with default features";

/// A library is built without on purpose, a binary that shows a page hardly ever.
#[cold]
pub(crate) fn warn_once() {
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
    /// It could not be handed on.
    Drain(String),
    /// A page of a length could not have so many bytes more.
    Page {
        len: usize,
        more: usize,
        source: TryReserveError,
    },
}

impl EncodeError {
    /// That a page of a length could not have so many bytes more.
    #[cfg(feature = "otlp")]
    pub(crate) fn of_page(len: usize, more: usize, source: TryReserveError) -> EncodeError {
        EncodeError(Shortage::Page { len, more, source })
    }

    /// That nothing was gathered.
    #[cfg(feature = "otlp")]
    pub(crate) fn of_gather(error: GatherError) -> EncodeError {
        EncodeError(Shortage::List(error))
    }

    /// Whether there was a page, and it could not be compressed.
    #[cfg(feature = "serve")]
    pub(crate) fn is_of_compression(&self) -> bool {
        matches!(self.0, Shortage::Drain(_))
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Shortage::List(error) => error.fmt(f),
            Shortage::Labels(_) => f.write_str(
                "no memory for the labels of the series; give the process more memory, or keep \
                 fewer series, such as by `max_series`",
            ),
            Shortage::Drain(error) => write!(f, "it could not be compressed: {error}"),
            Shortage::Page { len, more, .. } => write!(
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
            Shortage::Drain(_) => None,
            Shortage::Labels(source) | Shortage::Page { source, .. } => Some(source),
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

/// Like [`encode_text_of`], but appends bytes, which saves the check that they are text.
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
    let _ = Encoder::new(Format::Text).encode_with(&gather, text, OnShortage::End);
}

/// Like [`encode_text_bytes_of`], but returns an error where there is no memory for the page, instead of ending the process.
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
    Encoder::new(Format::Text).encode_with(&gather, text, OnShortage::Fail)
}

#[cfg(all(test, feature = "gzip", feature = "serve"))]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::metric::{Counter, Histogram};
    use crate::runtime::FamilyOptions;
    use crate::unit::Seconds;

    /// However long it is, and also if all of it is one family.
    #[test]
    fn a_compressed_page_is_never_there_as_a_whole() {
        let registry = Registry::new();
        let options = |name: &str| FamilyOptions::new(name, "Things.").max_series(20_000);
        let things = options("things_total").register::<Counter, 2>(&registry, ["zone", "id"]);
        let waits = options("wait_seconds").register::<Histogram<Seconds>, 1>(&registry, ["id"]);
        let (things, waits) = (things.unwrap(), waits.unwrap());
        for id in 0..20_000 {
            things.with(["eu-central-1", &format!("thing-{id}")]).inc_by(id);
        }
        for id in 0..500 {
            waits.with([&*format!("wait-{id}")]).observe(std::time::Duration::from_millis(id));
        }
        for format in Format::ALL {
            let encoder = Encoder::new(*format);
            let (mut piece, mut compressed) = (Vec::new(), Vec::new());
            let gzip = Compression::Gzip;
            encoder.encode_compressed(&registry, gzip, &mut piece, &mut compressed).unwrap();
            let mut page = Vec::new();
            flate2::read::GzDecoder::new(&*compressed).read_to_end(&mut page).unwrap();
            assert!(page == encoder.to_bytes(&registry).unwrap(), "{format}");
            // A family of protobuf has its length before it.
            if *format != Format::Protobuf {
                assert!(page.len() > 1 << 20 && piece.capacity() < 256 << 10, "{format}");
            }
        }
    }
}
