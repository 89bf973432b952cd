//! Points: the contents of series as sinks see them, and how a gather continues.

use std::time::SystemTime;

use crate::exemplar::Exemplar;
use crate::kind::Kind;
use crate::number::Number;

/// How a gather continues.
///
/// ```
/// use measurand::registry::{Flow, Labels, Point, Sink};
/// use measurand::runtime::FamilyOptions;
/// use measurand::{Descriptor, Gauge, Registry};
///
/// /// Lists the first two families.
/// #[derive(Default)]
/// struct Names(Vec<String>);
///
/// impl Sink for Names {
///     fn family(&mut self, family: &Descriptor) -> Flow {
///         self.0.push(family.name().to_owned());
///         // No series is read.
///         if self.0.len() < 2 { Flow::Skip } else { Flow::Stop }
///     }
///
///     fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
///         Flow::Continue
///     }
/// }
///
/// let registry = Registry::new();
/// for name in ["doc_flow_a", "doc_flow_b", "doc_flow_c"] {
///     FamilyOptions::new(name, "A gauge.").register_unlabelled::<Gauge>(&registry)?.leak();
/// }
/// let mut names = Names::default();
/// registry.gather(&mut names);
/// assert_eq!(names.0, ["doc_flow_a", "doc_flow_b"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// With the next point or family.
    Continue,
    /// With the next family: the rest of this one is not read.
    Skip,
    /// Not at all.
    Stop,
}

/// The contents of a series at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Point<'a> {
    /// The value.
    pub value: Value<'a>,
    /// Since when a counter, a histogram or a summary counts, if known: since the start of the
    /// program, or since the first update of an open family's series. A series that is created
    /// again after it was removed or has expired has a new time. See [`Sink`](super::Sink) for an
    /// example.
    pub created: Option<SystemTime>,
    /// Exemplary observations, sorted by value: at most one for a counter, and at most one per
    /// bucket for a histogram.
    pub exemplars: &'a [Exemplar],
    /// When the value was measured, if not now: set for what something else has measured.
    pub time: Option<SystemTime>,
}

impl<'a> Point<'a> {
    pub(crate) fn new(value: Value<'a>) -> Point<'a> {
        Point { value, created: None, exemplars: &[], time: None }
    }

    /// Creates a point of a counter, for a [`Collector`](crate::registry::Collector).
    ///
    /// ```
    /// use measurand::registry::Point;
    /// let read = Point::counter(1_u64 << 40);
    /// let busy = Point::counter(std::time::Duration::from_millis(1_500));
    /// assert_ne!(read, busy);
    /// ```
    #[doc(alias = "NewConstMetric")]
    pub fn counter(value: impl Into<Number>) -> Point<'static> {
        Point::new(Value::Counter(value.into()))
    }

    /// Creates a point of a gauge.
    ///
    /// ```
    /// use measurand::registry::{Point, Value};
    /// use measurand::Number;
    /// assert_eq!(Point::gauge(-0.5).value, Value::Gauge(Number::Float(-0.5)));
    /// ```
    #[doc(alias = "NewConstMetric")]
    pub fn gauge(value: impl Into<Number>) -> Point<'static> {
        Point::new(Value::Gauge(value.into()))
    }

    /// Creates a point of unknown type, which may be a counter or a gauge.
    ///
    /// ```
    /// use measurand::registry::{Point, Value};
    /// use measurand::Number;
    /// assert_eq!(Point::unknown(7).value, Value::Unknown(Number::Whole(7)));
    /// ```
    #[doc(alias = "untyped")]
    pub fn unknown(value: impl Into<Number>) -> Point<'static> {
        Point::new(Value::Unknown(value.into()))
    }

    /// Creates a point of an info family. Its labels carry the information, and its value is 1.
    ///
    /// ```
    /// use measurand::registry::{Point, Value};
    /// assert_eq!(Point::info().value, Value::Info);
    /// ```
    pub fn info() -> Point<'static> {
        Point::new(Value::Info)
    }

    /// Creates a point of a state set. `holds` is whether the state that the last label names
    /// holds.
    ///
    /// The last label has the name of the family.
    ///
    /// ```
    /// use measurand::registry::{Collector, Point, Points};
    /// use measurand::{Descriptor, Registry};
    ///
    /// struct Mode(Descriptor);
    ///
    /// impl Collector for Mode {
    ///     fn collect(&self, points: &mut Points<'_>) {
    ///         points.push(&self.0, &["active"], Point::state(true));
    ///         points.push(&self.0, &["standby"], Point::state(false));
    ///     }
    /// }
    ///
    /// let registry = Registry::new();
    /// let mode = Descriptor::state_set("doc_mode", "What it does.").build()?;
    /// registry.register_collector(Mode(mode))?.leak();
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// assert!(text.contains("doc_mode{doc_mode=\"active\"} 1\ndoc_mode{doc_mode=\"standby\"} 0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(holds: bool) -> Point<'static> {
        Point::new(Value::State(holds))
    }

    /// Creates a point of a histogram: the number of observations in each bucket, not cumulative,
    /// with that of `+Inf` last, and the sum of all observations. The bounds are those of the
    /// family's descriptor.
    ///
    /// ```
    /// use measurand::registry::{Point, Value};
    /// let waits = Point::histogram(&[3, 1, 0], std::time::Duration::from_millis(7));
    /// assert!(matches!(waits.value, Value::Histogram(value) if value.counts.len() == 3));
    /// ```
    #[doc(alias = "NewConstHistogram")]
    pub fn histogram(counts: &'a [u64], sum: impl Into<Number>) -> Point<'a> {
        Point::new(Value::Histogram(HistogramValue { bounds: &[], counts, sum: sum.into() }))
    }

    /// Creates a point of a native histogram. Its `classic` counts are those of the buckets in the
    /// family's descriptor, with that of `+Inf` last. For a family without classic buckets, that is
    /// the number of all observations.
    ///
    /// ```
    /// use measurand::registry::{NativeValue, Point, Value};
    /// // Two observations in (1, 2], and one that was 0.
    /// let sizes = Point::native_histogram(NativeValue::new(0, &[3], 3.5).zero(1e-9, 1).positive(&[(1, 2)]));
    /// assert!(matches!(sizes.value, Value::NativeHistogram(value) if value.classic.count() == 3));
    /// ```
    #[doc(alias = "NewConstNativeHistogram")]
    pub fn native_histogram(value: NativeValue<'a>) -> Point<'a> {
        Point::new(Value::NativeHistogram(value))
    }

    /// Creates a point of a summary: ascending quantiles from 0 to 1, each with its value, the
    /// number of observations, and their sum.
    ///
    /// ```
    /// use measurand::registry::{Point, Value};
    /// let waits = Point::summary(&[(0.5, 0.02), (0.99, 1.7)], 120, 9.5);
    /// assert!(matches!(waits.value, Value::Summary(value) if value.count == 120));
    /// ```
    #[doc(alias = "NewConstSummary")]
    pub fn summary(quantiles: &'a [(f64, f64)], count: u64, sum: impl Into<Number>) -> Point<'a> {
        Point::new(Value::Summary(SummaryValue { quantiles, count, sum: sum.into() }))
    }

    /// Sets since when a counter, a histogram or a summary counts.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use measurand::registry::Point;
    /// let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    /// assert_eq!(Point::counter(3_u64).since(started).created, Some(started));
    /// ```
    #[doc(alias = "NewConstMetricWithCreatedTimestamp")]
    pub fn since(self, created: SystemTime) -> Point<'a> {
        Point { created: Some(created), ..self }
    }

    /// Sets the exemplars of a counter or a histogram.
    ///
    /// ```
    /// use measurand::exemplar::Exemplar;
    /// use measurand::registry::Point;
    /// let exemplar = [Exemplar::new([("trace_id", "4bf92f35")], 2, None)?];
    /// assert_eq!(Point::counter(3_u64).with_exemplars(&exemplar).exemplars.len(), 1);
    /// # Ok::<(), measurand::exemplar::ExemplarError>(())
    /// ```
    pub fn with_exemplars(self, exemplars: &'a [Exemplar]) -> Point<'a> {
        Point { exemplars, ..self }
    }

    /// Sets when the value was measured.
    ///
    /// Use it only for what something else has measured earlier: Prometheus treats a sample that is
    /// older than its last one as an error, and does not mark such a series as stale when it
    /// disappears.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use measurand::registry::Point;
    /// let measured = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
    /// assert_eq!(Point::gauge(3).at(measured).time, Some(measured));
    /// ```
    #[doc(alias = "NewMetricWithTimestamp")]
    pub fn at(self, time: SystemTime) -> Point<'a> {
        Point { time: Some(time), ..self }
    }
}

/// The value of a series.
///
/// ```
/// use measurand::registry::{Point, Value};
///
/// /// Returns the number to show on a dashboard.
/// fn shown(point: &Point<'_>) -> Option<f64> {
///     match point.value {
///         Value::Counter(value) | Value::Gauge(value) | Value::Unknown(value) => Some(value.as_f64()),
///         Value::Histogram(value) => Some(value.sum.as_f64() / value.count() as f64),
///         _ => None,
///     }
/// }
///
/// assert_eq!(shown(&Point::gauge(0.5)), Some(0.5));
/// assert_eq!(shown(&Point::histogram(&[1, 3, 0], 8)), Some(2.0));
/// assert_eq!(shown(&Point::info()), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A counter.
    Counter(Number),
    /// A gauge.
    Gauge(Number),
    /// A value of unknown type.
    Unknown(Number),
    /// An info metric, whose labels are its value.
    Info,
    /// Whether the state that the last label names holds.
    State(bool),
    /// A histogram.
    Histogram(HistogramValue<'a>),
    /// A histogram with native buckets.
    NativeHistogram(NativeValue<'a>),
    /// A summary.
    Summary(SummaryValue<'a>),
}

impl Value<'_> {
    /// Creates the value of a kind with a single number.
    pub(crate) fn of(kind: Kind, number: Number) -> Value<'static> {
        match kind {
            Kind::Counter => Value::Counter(number),
            Kind::Unknown => Value::Unknown(number),
            Kind::Info => Value::Info,
            Kind::StateSet => Value::State(number != Number::Whole(0)),
            Kind::Gauge | Kind::Histogram | Kind::Summary => Value::Gauge(number),
        }
    }
}

/// The buckets and the sum of a histogram.
///
/// ```
/// use measurand::Number;
/// use measurand::registry::{HistogramValue, Point, Value};
///
/// let sizes = Point::histogram(&[3, 1, 0], 512);
/// let Value::Histogram(HistogramValue { counts, sum, .. }) = sizes.value else { unreachable!() };
/// assert_eq!((counts, sum), (&[3, 1, 0][..], Number::Whole(512)));
/// # let Value::Histogram(value) = sizes.value else { unreachable!() };
/// assert_eq!(value.count(), 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramValue<'a> {
    /// The inclusive upper bounds in the base unit, without `+Inf`.
    pub bounds: &'a [f64],
    /// The number of observations in each bucket, not cumulative; one more than there are bounds.
    pub counts: &'a [u64],
    /// The sum of all observations.
    pub sum: Number,
}

impl HistogramValue<'_> {
    /// Returns the number of observations.
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |count, bucket| count.wrapping_add(*bucket))
    }
}

/// The buckets and the sum of a native histogram.
///
/// With schema `s`, the bucket with index `i` holds values above `2^((i - 1) / 2^s)` and up to
/// `2^(i / 2^s)`; a negative bucket holds the corresponding values below 0. See Prometheus's
/// [specification].
///
/// [specification]: https://prometheus.io/docs/specs/native_histograms/
///
/// ```
/// use measurand::registry::{NativeValue, Point, Value};
///
/// // One observation in [-2, -1), one of 0, two in (1, 2], and five in (2, 4].
/// let changes = NativeValue::new(0, &[9], 17.5)
///     .zero(1e-9, 1)
///     .positive(&[(1, 2), (2, 5)])
///     .negative(&[(1, 1)]);
/// assert_eq!(changes.classic.count(), 9);
/// assert_eq!(Point::native_histogram(changes).value, Value::NativeHistogram(changes));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct NativeValue<'a> {
    /// The schema of the buckets, from -4 to 8; a higher one is finer.
    pub schema: i8,
    /// The largest absolute value in the zero bucket.
    pub zero_threshold: f64,
    /// The number of observations in the zero bucket.
    pub zero_count: u64,
    /// The index and number of observations of each populated bucket above 0, sorted by index.
    pub positive: &'a [(i32, u64)],
    /// The index and number of observations of each populated bucket below 0, sorted by index.
    pub negative: &'a [(i32, u64)],
    /// The classic buckets, possibly only that of `+Inf`, and the sum. Their counts add up to all
    /// observations, including NaN, which is in no native bucket.
    pub classic: HistogramValue<'a>,
}

impl<'a> NativeValue<'a> {
    /// Creates a value without native buckets, for a [`Collector`](crate::registry::Collector).
    pub fn new(schema: i8, classic: &'a [u64], sum: impl Into<Number>) -> NativeValue<'a> {
        NativeValue {
            schema,
            zero_threshold: 0.0,
            zero_count: 0,
            positive: &[],
            negative: &[],
            classic: HistogramValue { bounds: &[], counts: classic, sum: sum.into() },
        }
    }

    /// Sets the largest absolute value in the zero bucket, and the number of observations in it.
    pub fn zero(self, threshold: f64, count: u64) -> NativeValue<'a> {
        NativeValue { zero_threshold: threshold, zero_count: count, ..self }
    }

    /// Sets the buckets above 0: the index and number of observations of each, sorted by index.
    pub fn positive(self, buckets: &'a [(i32, u64)]) -> NativeValue<'a> {
        NativeValue { positive: buckets, ..self }
    }

    /// Sets the buckets below 0: the index and number of observations of each, sorted by index.
    pub fn negative(self, buckets: &'a [(i32, u64)]) -> NativeValue<'a> {
        NativeValue { negative: buckets, ..self }
    }
}

/// The quantiles, the count and the sum of a summary.
///
/// ```
/// use measurand::registry::{Point, SummaryValue, Value};
///
/// let waits = Point::summary(&[(0.5, 0.02), (0.99, 1.7)], 120, 9.5);
/// let Value::Summary(SummaryValue { quantiles, count, sum, .. }) = waits.value else { unreachable!() };
/// assert_eq!((quantiles[1], count, sum.as_f64()), ((0.99, 1.7), 120, 9.5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SummaryValue<'a> {
    /// Quantiles from 0 to 1, each with its value in the base unit; NaN without recent
    /// observations.
    pub quantiles: &'a [(f64, f64)],
    /// The number of observations.
    pub count: u64,
    /// The sum of all observations.
    pub sum: Number,
}
