//! The exposition formats, each of which is written by a [`Sink`].

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
    /// Appends all metrics in Prometheus's text format 0.0.4 to `text`.
    ///
    /// Nothing is allocated if `text` has enough capacity, so reuse it between scrapes. If there is
    /// not enough memory, the process ends, as it does when a `String` cannot grow;
    /// [`try_encode_text_bytes`](Registry::try_encode_text_bytes) returns an error instead.
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

    /// Like [`encode_text`](Registry::encode_text), but appends bytes, which saves a UTF-8 check.
    ///
    /// ```
    /// let mut body = Vec::new();
    /// measurand::Registry::global().encode_text_bytes(&mut body);
    /// ```
    pub fn encode_text_bytes(&self, text: &mut Vec<u8>) {
        encode_text_bytes_of(self, text);
    }

    /// Like [`encode_text_bytes`](Registry::encode_text_bytes), but returns an error if there is
    /// not enough memory for the page, instead of ending the process.
    ///
    /// # Errors
    ///
    /// Returns an error if there is not enough memory for the text or for the list of series;
    /// `text` is then unchanged.
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

/// The format and options of a page.
///
/// ```
/// use measurand::exposition::{Encoder, Format};
/// use measurand::{Counter, Metrics, Registry};
///
/// /// Metrics of the mailer.
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
    /// Creates an encoder of a format.
    pub const fn new(format: Format) -> Encoder {
        Encoder { format, created_samples: false, escaping: format.escaping() }
    }

    /// Sets whether OpenMetrics 1.0 shows since when each series counts, as a sample `…_created`
    /// beside it, which most scrapers store as another series. The default is no. Protobuf always
    /// has it, as a field, and text format 0.0.4 cannot have it.
    ///
    /// ```
    /// use measurand::exposition::{Encoder, Format};
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Counter, Registry};
    ///
    /// let registry = Registry::new();
    /// let options = FamilyOptions::new("doc_created_samples_total", "Mails sent.");
    /// let _mails = options.register_unlabelled::<Counter>(&registry)?;
    /// let mut page = Vec::new();
    /// Encoder::new(Format::OpenMetrics).created_samples(true).encode(&registry, &mut page)?;
    /// assert!(String::from_utf8(page)?.contains("\ndoc_created_samples_created "));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn created_samples(self, created: bool) -> Encoder {
        Encoder { created_samples: created, ..self }
    }

    /// Sets how names are written that need [`utf8`](crate::Metrics), and that older scrapers do
    /// not accept. By default each character that these do not know becomes a `_`, except in
    /// OpenMetrics 2.0.
    ///
    /// ```
    /// use measurand::exposition::{Encoder, Escaping, Format};
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Gauge, Registry};
    ///
    /// let registry = Registry::new();
    /// let options = FamilyOptions::new("pool.idle", "Idle connections.").utf8();
    /// let _idle = options.register_unlabelled::<Gauge>(&registry)?;
    /// let mut page = Vec::new();
    /// Encoder::new(Format::Text).escaping(Escaping::AllowUtf8).encode(&registry, &mut page)?;
    /// assert!(page.ends_with(b"{\"pool.idle\"} 0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn escaping(self, escaping: Escaping) -> Encoder {
        Encoder { escaping, ..self }
    }

    /// Gathers `source`, and appends it to `page`.
    ///
    /// Nothing is allocated for the page if it has enough capacity, so reuse it between scrapes.
    ///
    /// # Errors
    ///
    /// Returns an error if there is not enough memory, or if the gather fails; `page` is then
    /// unchanged.
    pub fn encode(
        &self,
        source: &(impl Gather + ?Sized),
        page: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.encode_with(&source, page, OnShortage::Fail)
    }

    /// Appends the page to `compressed`, compressed while it is encoded; `piece` is the buffer for
    /// pieces of it.
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

/// Gathers `source`. The report is dropped, since problems are logged.
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

/// Returns the unit of a family whose name on the page, without `_total`, is `name`. It must be the
/// end of the name after a `_`, or scrapers reject the whole page.
fn unit_of(family: &Descriptor, name: &str) -> Option<&'static str> {
    family.unit.filter(|unit| name.strip_suffix(*unit).is_some_and(|rest| rest.ends_with('_')))
}

/// A comment on pages of a build that records nothing.
const NOT_RECORDING: &str = "Nothing is recorded: the feature `record` of `measurand` is off; a binary turns it on by depending on `measurand` with default features";

/// Warns, once, that nothing is recorded, which is hardly ever intended in a binary that serves
/// metrics.
#[cold]
pub(crate) fn warn_once() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        log::warn!("{NOT_RECORDING}");
    }
}

/// The error of encoding a page.
///
/// ```
/// use measurand::exposition::{EncodeError, Encoder, Format};
/// use measurand::registry::{Gather, GatherError, Report, Sink};
///
/// /// A source that needs more memory than there is.
/// struct Large;
///
/// impl Gather for Large {
///     fn try_gather(&self, _: &mut dyn Sink) -> Result<Report, GatherError> {
///         Vec::<u8>::new().try_reserve(usize::MAX)?;
///         Ok(Report::default())
///     }
/// }
///
/// let mut page = Vec::new();
/// let error: EncodeError = Encoder::new(Format::Text).encode(&Large, &mut page).unwrap_err();
/// assert!(error.to_string().starts_with("no memory"));
/// assert!(page.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(Shortage);

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shortage {
    /// There is not enough memory to gather.
    List(GatherError),
    /// There is not enough memory for the labels of series.
    Labels(TryReserveError),
    /// The page could not be compressed.
    Drain(String),
    /// There is not enough memory for `more` bytes of the page, after `len`.
    Page { len: usize, more: usize, source: TryReserveError },
}

impl EncodeError {
    /// The error of a page that cannot grow by `more` bytes.
    #[cfg(feature = "otlp")]
    pub(crate) fn of_page(len: usize, more: usize, source: TryReserveError) -> EncodeError {
        EncodeError(Shortage::Page { len, more, source })
    }

    /// The error of a gather.
    #[cfg(feature = "otlp")]
    pub(crate) fn of_gather(error: GatherError) -> EncodeError {
        EncodeError(Shortage::List(error))
    }

    /// Returns whether compressing the page failed.
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
                "no memory for {more} bytes after the first {len}; give the process more memory, \
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

/// Appends all metrics of the binary to `text`, in Prometheus's text format 0.0.4.
///
/// This is [`Registry::encode_text`] of [`Registry::global`].
///
/// ```
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// ```
pub fn encode_text(text: &mut String) {
    Registry::global().encode_text(text);
}

/// Gathers `gather`, and appends it to `text` in Prometheus's text format 0.0.4.
///
/// This is [`Registry::encode_text`] for any [`Gather`], which has an example.
///
/// ```
/// use measurand::Registry;
/// use measurand::exposition::encode_text_of;
/// use measurand::registry::Registries;
///
/// let both = Registries::new([Registry::global().clone(), Registry::new()]);
/// let mut text = String::new();
/// encode_text_of(&both, &mut text);
/// ```
pub fn encode_text_of(gather: &(impl Gather + ?Sized), text: &mut String) {
    let mut bytes = std::mem::take(text).into_bytes();
    encode_text_bytes_of(gather, &mut bytes);
    // Only text was appended.
    *text = String::from_utf8(bytes).unwrap_or_default();
}

/// Like [`encode_text_of`], but appends bytes, which saves a UTF-8 check.
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
    // With `OnShortage::End` there is no error.
    let _ = Encoder::new(Format::Text).encode_with(&gather, text, OnShortage::End);
}

/// Like [`encode_text_bytes_of`], but returns an error if there is not enough memory for the page,
/// instead of ending the process.
///
/// # Errors
///
/// Returns an error if there is not enough memory, or if the gather fails; `text` is then
/// unchanged.
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

    /// This holds for a page of any length, even if it is a single family.
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
            // In protobuf a family comes after its length, so it is buffered as a whole.
            if *format != Format::Protobuf {
                assert!(page.len() > 1 << 20 && piece.capacity() < 256 << 10, "{format}");
            }
        }
    }
}
