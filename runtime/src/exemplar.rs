//! Exemplars: one observation that stands for many, with what leads to it, such as a trace.
//!
//! A counter or a histogram that is to have exemplars is declared as
//! [`WithExemplars<Histogram<Seconds>>`](crate::WithExemplars). It takes them from the present trace, as
//! [`set_source`] says, or by hand. OpenMetrics and protobuf show them; text format 0.0.4 cannot.
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
//! // In `main`: whatever knows the present trace.
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

/// The most characters that the names and the values of an exemplar's labels have together.
///
/// It is what [OpenMetrics 1.0] allows.
///
/// [OpenMetrics 1.0]: https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars
pub const MAX_EXEMPLAR_CHARS: usize = 128;

/// Set by the first one, so that a gather need not ask every series for what few have.
static IS_ANY: AtomicBool = AtomicBool::new(false);

/// Whether there has been any exemplar in the process.
pub(crate) fn is_any() -> bool {
    IS_ANY.load(Ordering::Relaxed)
}

/// An observation that stands for others, and the labels that lead to it.
#[derive(Clone, PartialEq)]
pub struct Exemplar {
    inner: Arc<Inner>,
}

#[derive(Clone, Debug, PartialEq)]
struct Inner {
    /// Names and values one after the other, and how long each is.
    text: String,
    lens: Vec<u8>,
    value: Number,
    time: Option<SystemTime>,
}

impl Exemplar {
    /// One for the point of a [`Collector`](crate::registry::Collector).
    ///
    /// # Errors
    ///
    /// If a label's name is invalid or used twice, or if names and values together have more than
    /// [`MAX_EXEMPLAR_CHARS`] characters.
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
            // One whose name is reserved on metrics may lead to what it likes.
            if label_error(name, None).is_some() {
                return Err(ExemplarError::Name(name.to_owned()));
            }
            if names.contains(&name) {
                return Err(ExemplarError::Twice(name.to_owned()));
            }
            names.push(name);
            for part in [name, label] {
                text.push_str(part);
                // 128 characters are 512 bytes at most, so that lengths and not places are kept.
                lens.extend(u16::try_from(part.len()).unwrap_or_default().to_le_bytes());
            }
        }
        let inner = Inner { text, lens, value: value.into(), time };
        IS_ANY.store(true, Ordering::Relaxed);
        Ok(Exemplar { inner: Arc::new(inner) })
    }

    /// The labels, in the order in which they were given.
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

    /// What was observed or added.
    pub fn value(&self) -> Number {
        self.inner.value
    }

    /// When that was.
    pub fn time(&self) -> Option<SystemTime> {
        self.inner.time
    }
}

impl fmt::Debug for Exemplar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Labels<'a>(&'a Exemplar);
        impl fmt::Debug for Labels<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self.0.labels()).finish()
            }
        }
        f.debug_struct("Exemplar")
            .field("labels", &Labels(self))
            .field("value", &self.value())
            .field("time", &self.time())
            .finish()
    }
}

/// Why there can be no such exemplar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExemplarError {
    /// Its labels have too many characters.
    TooLong,
    /// No label can be called so.
    Name(String),
    /// Two labels have this name.
    Twice(String),
}

impl fmt::Display for ExemplarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExemplarError::TooLong => write!(
                f,
                "the labels of an exemplar have more than {MAX_EXEMPLAR_CHARS} characters together: leave out what does not lead to the trace"
            ),
            ExemplarError::Name(name) => write!(
                f,
                "`{name}` cannot be a label of an exemplar: write letters, digits and `_`, a letter first"
            ),
            ExemplarError::Twice(name) => {
                write!(f, "an exemplar has two labels `{name}`: give one")
            }
        }
    }
}

impl Error for ExemplarError {}

/// The identity of a trace, as in [W3C Trace Context](https://www.w3.org/TR/trace-context/).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

/// The identity of a span in a trace.
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

/// 32 hexadecimal digits.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// 16 hexadecimal digits.
impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Says what the present trace is, if there is one that is kept.
pub type Source = fn() -> Option<(TraceId, SpanId)>;

static SOURCE: OnceBox<Source> = OnceBox::new();

/// Sets the function that says which trace the calling thread works for.
///
/// It is called at every update of a metric with exemplars that is not given labels by hand, so it must
/// be fast and must not panic. It gives `None` for a trace that is not sampled.
///
/// It is set once for the process, in `main`.
///
/// # Errors
///
/// If it was set already. It stays as it was then.
pub fn set_source(source: Source) -> Result<(), AlreadySet> {
    let mut is_set = false;
    SOURCE.get_or_init(|| {
        is_set = true;
        Box::new(source)
    });
    if is_set { Ok(()) } else { Err(AlreadySet) }
}

/// The source of exemplars was set already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadySet;

impl fmt::Display for AlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of exemplars is set already: set it once, in `main`")
    }
}

impl Error for AlreadySet {}

/// The span of OpenTelemetry 0.33 that the calling thread is in, if it is sampled, for [`set_source`].
///
/// An entered span is the present one: `tracing-opentelemetry` does so with its own.
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

/// What an exemplar is made of, if one is wanted.
#[derive(Clone, Copy)]
pub(crate) enum Lead<'a> {
    Trace(TraceId, SpanId),
    Labels(&'a [(&'a str, &'a str)]),
}

impl Lead<'_> {
    /// The present trace.
    #[inline]
    pub(crate) fn present() -> Option<Lead<'static>> {
        let source = SOURCE.get()?;
        source().map(|(trace, span)| Lead::Trace(trace, span))
    }

    /// The exemplar of what was observed at that time.
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
        // The name counts as well, and characters do, not bytes.
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
