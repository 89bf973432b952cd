//! Exemplars: single observations with labels that lead to something, such as a trace.
//!
//! Declare a counter or a histogram with exemplars as
//! [`WithExemplars<Histogram<Seconds>>`](crate::WithExemplars). Its exemplars come from the current
//! trace, which the function passed to [`set_source`] returns, or are given explicitly. OpenMetrics
//! and protobuf expose them; the text format 0.0.4 cannot.
//!
//! ```
//! use std::time::Duration;
//! use measurand::exemplar::{SpanId, TraceId, set_source};
//! use measurand::unit::Seconds;
//! use measurand::{Histogram, Metrics, WithExemplars};
//!
//! /// The API.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_exemplar", global = API)]
//! struct ApiMetrics {
//!     /// Time to answer.
//!     duration_seconds: WithExemplars<Histogram<Seconds>>,
//! }
//!
//! // In `main`: any function that knows the current trace.
//! set_source(|| Some((TraceId::from(0xabcd_u128), SpanId::from(7_u64)))).ok();
//!
//! API.duration_seconds.observe(Duration::from_millis(3));
//! let exemplars = API.duration_seconds.exemplars();
//! assert_eq!(exemplars[0].value().as_f64(), 0.003);
//! assert!(exemplars[0].labels().eq([
//!     ("trace_id", "0000000000000000000000000000abcd"),
//!     ("span_id", "0000000000000007"),
//! ]));
//! ```

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use once_cell::race::OnceBox;

use crate::clock;
use crate::naming::label_error;
use crate::number::Number;

/// The largest number of characters of the names and values of an exemplar's labels in total.
///
/// This is the limit of [OpenMetrics 1.0].
///
/// [OpenMetrics 1.0]: https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars
///
/// ```
/// use measurand::exemplar::{Exemplar, MAX_EXEMPLAR_CHARS};
///
/// let path = "/".repeat(MAX_EXEMPLAR_CHARS - "path".len());
/// assert!(Exemplar::new([("path", &*path)], 2, None).is_ok());
/// assert!(Exemplar::new([("path", &*format!("{path}/"))], 2, None).is_err());
/// ```
pub const MAX_EXEMPLAR_CHARS: usize = 128;

/// Set by the first exemplar, so that a gather need not ask every series for what few have.
static IS_ANY: AtomicBool = AtomicBool::new(false);

/// Returns whether the process has ever had an exemplar.
pub(crate) fn is_any() -> bool {
    IS_ANY.load(Ordering::Relaxed)
}

/// An observation with labels that lead to its trace or the like.
#[derive(Clone, PartialEq)]
pub struct Exemplar {
    inner: Arc<Inner>,
}

#[derive(Clone, Debug, PartialEq)]
struct Inner {
    /// All names and values joined, and the length of each.
    text: String,
    lens: Vec<u8>,
    value: Number,
    time: Option<SystemTime>,
}

impl Exemplar {
    /// Creates an exemplar, for a point of a [`Collector`](crate::registry::Collector).
    ///
    /// # Errors
    ///
    /// Fails if a label's name is invalid or used twice, or if names and values have more than
    /// [`MAX_EXEMPLAR_CHARS`] characters in total.
    ///
    /// ```
    /// use measurand::exemplar::Exemplar;
    ///
    /// let exemplar = Exemplar::new([("trace_id", "4bf92f35")], 0.25, None)?;
    /// assert_eq!(exemplar.labels().next(), Some(("trace_id", "4bf92f35")));
    /// # Ok::<(), measurand::exemplar::ExemplarError>(())
    /// ```
    pub fn new<'l>(
        labels: impl IntoIterator<Item = (&'l str, &'l str)>,
        value: impl Into<Number>,
        time: Option<SystemTime>,
    ) -> Result<Exemplar, ExemplarError> {
        let (mut text, mut lens) = (String::new(), Vec::new());
        let mut names = Vec::new();
        let mut chars = 0;
        for (name, label) in labels {
            chars += name.chars().count() + label.chars().count();
            if chars > MAX_EXEMPLAR_CHARS {
                return Err(ExemplarError::TooLong);
            }
            // Names that are reserved on metrics are allowed here.
            if label_error(name, None).is_some() {
                return Err(ExemplarError::Name(name.to_owned()));
            }
            if names.contains(&name) {
                return Err(ExemplarError::Twice(name.to_owned()));
            }
            names.push(name);
            for part in [name, label] {
                text.push_str(part);
                // The lengths fit, since 128 characters are at most 512 bytes.
                lens.extend(u16::try_from(part.len()).unwrap_or_default().to_le_bytes());
            }
        }
        let inner = Inner { text, lens, value: value.into(), time };
        IS_ANY.store(true, Ordering::Relaxed);
        Ok(Exemplar { inner: Arc::new(inner) })
    }

    /// Returns the labels in the order in which they were given.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let Inner { text, lens, .. } = &*self.inner;
        let mut start = 0;
        let mut part = move |len: &[u8]| {
            let len = usize::from(u16::from_le_bytes([len[0], len[1]]));
            let part = text.get(start..start + len).unwrap_or_default();
            start += len;
            part
        };
        lens.chunks_exact(4).map(move |lens| (part(&lens[..2]), part(&lens[2..])))
    }

    /// Returns the observed or added value.
    pub fn value(&self) -> Number {
        self.inner.value
    }

    /// Returns the time of the observation.
    pub fn time(&self) -> Option<SystemTime> {
        self.inner.time
    }
}

impl fmt::Debug for Exemplar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct LabelPairs<'a>(&'a Exemplar);
        impl fmt::Debug for LabelPairs<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self.0.labels()).finish()
            }
        }
        f.debug_struct("Exemplar")
            .field("labels", &LabelPairs(self))
            .field("value", &self.value())
            .field("time", &self.time())
            .finish()
    }
}

/// An error of creating an [`Exemplar`].
///
/// ```
/// use measurand::exemplar::{Exemplar, ExemplarError};
///
/// let error = Exemplar::new([("trace-id", "4bf92f35")], 2, None).unwrap_err();
/// assert_eq!(error, ExemplarError::Name("trace-id".to_owned()));
/// let error = Exemplar::new([("path", &*"/long".repeat(30))], 2, None).unwrap_err();
/// assert_eq!(error, ExemplarError::TooLong);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExemplarError {
    /// The labels have too many characters.
    TooLong,
    /// A label cannot have this name.
    Name(String),
    /// Two labels have this name.
    Twice(String),
}

impl fmt::Display for ExemplarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExemplarError::TooLong => write!(
                f,
                "the labels of an exemplar have more than {MAX_EXEMPLAR_CHARS} characters in total: remove what does not lead to the trace"
            ),
            ExemplarError::Name(name) => write!(
                f,
                "`{name}` cannot be a label of an exemplar: use letters, digits and `_`, starting with a letter"
            ),
            ExemplarError::Twice(name) => {
                write!(f, "an exemplar has two labels `{name}`: remove one")
            }
        }
    }
}

impl Error for ExemplarError {}

/// The ID of a trace, as in [W3C Trace Context](https://www.w3.org/TR/trace-context/).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

/// The ID of a span within a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpanId(u64);

impl From<u128> for TraceId {
    fn from(id: u128) -> TraceId {
        TraceId(id)
    }
}

impl From<[u8; 16]> for TraceId {
    fn from(id: [u8; 16]) -> TraceId {
        TraceId(u128::from_be_bytes(id))
    }
}

impl From<u64> for SpanId {
    fn from(id: u64) -> SpanId {
        SpanId(id)
    }
}

impl From<[u8; 8]> for SpanId {
    fn from(id: [u8; 8]) -> SpanId {
        SpanId(u64::from_be_bytes(id))
    }
}

/// Writes 32 hexadecimal digits.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Writes 16 hexadecimal digits.
impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A function that returns the current trace and span, if they are sampled.
///
/// ```
/// use std::cell::Cell;
/// use measurand::exemplar::{SpanId, TraceId, TraceSource, set_source};
///
/// thread_local! {
///     static CURRENT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
/// }
///
/// let source: TraceSource = || CURRENT.get();
/// set_source(source)?;
/// CURRENT.set(Some((TraceId::from(0xabcd_u128), SpanId::from(7_u64))));
/// assert_eq!(source(), CURRENT.get());
/// # Ok::<(), measurand::exemplar::AlreadySet>(())
/// ```
pub type TraceSource = fn() -> Option<(TraceId, SpanId)>;

static SOURCE: OnceBox<TraceSource> = OnceBox::new();

/// Sets the function that returns the trace that the calling thread works for.
///
/// It is called at every update of a metric with exemplars that is not given labels explicitly, so
/// it must be fast and must not panic. It should return `None` for a trace that is not sampled.
///
/// Call this once per process, in `main`.
///
/// # Errors
///
/// Fails if a function was set already, which is kept.
pub fn set_source(source: TraceSource) -> Result<(), AlreadySet> {
    let mut is_set = false;
    SOURCE.get_or_init(|| {
        is_set = true;
        Box::new(source)
    });
    if is_set { Ok(()) } else { Err(AlreadySet) }
}

/// The error that the source of exemplars was set already.
///
/// ```
/// use measurand::exemplar::{AlreadySet, set_source};
///
/// set_source(|| None)?;
/// let error: AlreadySet = set_source(|| None).unwrap_err();
/// assert!(error.to_string().ends_with("set it once, in `main`"));
/// # Ok::<(), AlreadySet>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadySet;

impl fmt::Display for AlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of exemplars is set already: set it once, in `main`")
    }
}

impl Error for AlreadySet {}

/// Returns the calling thread's current span in OpenTelemetry 0.33, if it is sampled, for
/// [`set_source`].
///
/// With `tracing-opentelemetry`, an entered span is the current one.
///
/// ```
/// use measurand::exemplar;
///
/// exemplar::set_source(exemplar::opentelemetry_0_33)?;
/// # Ok::<(), exemplar::AlreadySet>(())
/// ```
#[cfg(feature = "opentelemetry_0_33")]
pub fn opentelemetry_0_33() -> Option<(TraceId, SpanId)> {
    use opentelemetry_0_33::Context;
    use opentelemetry_0_33::trace::TraceContextExt as _;

    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        (span.is_valid() && span.is_sampled())
            .then(|| (span.trace_id().to_bytes().into(), span.span_id().to_bytes().into()))
    })
}

/// The labels of an exemplar to be left.
#[derive(Clone, Copy)]
pub(crate) enum Lead<'a> {
    Trace(TraceId, SpanId),
    Labels(&'a [(&'a str, &'a str)]),
}

impl Lead<'_> {
    /// Returns the current trace.
    #[inline]
    pub(crate) fn present() -> Option<Lead<'static>> {
        let source = SOURCE.get()?;
        source().map(|(trace, span)| Lead::Trace(trace, span))
    }

    /// Creates the exemplar of a value observed at `time`.
    pub(crate) fn exemplar(self, value: Number, time: Duration) -> Result<Exemplar, ExemplarError> {
        let time = Some(clock::date(time));
        match self {
            Lead::Trace(trace, span) => {
                let (trace, span) = (trace.to_string(), span.to_string());
                Exemplar::new([("trace_id", &*trace), ("span_id", &*span)], value, time)
            }
            Lead::Labels(labels) => Exemplar::new(labels.iter().copied(), value, time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_back() {
        let labels = [("trace_id", "ä\"b\n"), ("span_id", ""), ("job", "x")];
        let exemplar = Exemplar::new(labels, 3_u64, None).unwrap();
        assert!(exemplar.labels().eq(labels));
        assert_eq!((exemplar.value(), exemplar.time()), (Number::Whole(3), None));
        let none = Exemplar::new([], 1.5, Some(SystemTime::UNIX_EPOCH)).unwrap();
        assert_eq!(none.labels().count(), 0);
    }

    #[test]
    fn what_is_too_long_is_refused_and_not_cut() {
        let of = |chars: usize| "ß".repeat(chars);
        // The name counts as well, and the limit is in characters, not bytes.
        let fits = of(MAX_EXEMPLAR_CHARS - 2);
        assert!(Exemplar::new([("id", &*fits)], 1_u64, None).is_ok());
        let long = of(MAX_EXEMPLAR_CHARS - 1);
        assert_eq!(Exemplar::new([("id", &*long)], 1_u64, None), Err(ExemplarError::TooLong));
        let halves = [("a", of(63)), ("b", of(64))];
        let halves = halves.iter().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(Exemplar::new(halves, 1_u64, None), Err(ExemplarError::TooLong));
        let widest = "\u{10FFFF}".repeat(MAX_EXEMPLAR_CHARS - 1);
        let exemplar = Exemplar::new([("i", &*widest)], 1_u64, None).unwrap();
        assert!(exemplar.labels().eq([("i", &*widest)]));
    }

    #[test]
    fn labels_have_names_of_their_own() {
        let error = Exemplar::new([("trace-id", "1")], 1_u64, None).unwrap_err();
        assert_eq!(error, ExemplarError::Name("trace-id".to_owned()));
        let error = Exemplar::new([("id", "1"), ("id", "1")], 1_u64, None).unwrap_err();
        assert_eq!(error, ExemplarError::Twice("id".to_owned()));
    }

    #[test]
    fn ids_are_written_in_full() {
        assert_eq!(TraceId::from(1_u128).to_string(), "00000000000000000000000000000001");
        assert_eq!(SpanId::from([0xff, 0, 0, 0, 0, 0, 0, 1]).to_string(), "ff00000000000001");
        assert_eq!(TraceId::from([1; 16]).to_string(), "01".repeat(16));
    }
}
