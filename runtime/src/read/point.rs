//! What a series shows, and what becomes of the gather.

use std::time::SystemTime;

use crate::exemplar::Exemplar;
use crate::kind::Kind;
use crate::number::Number;

/// How a gather goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// With what comes next.
    Continue,
    /// With the next family: nothing more of this one is read.
    Skip,
    /// Not at all.
    Stop,
}

/// What a series shows.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Point<'a> {
    /// Its value.
    pub value: Value<'a>,
    /// Since when it counts, of counters, histograms and summaries, as far as that is known: the start of
    /// the program, or of an open family's series its first update. One that comes again after it was
    /// removed or has expired has a new one. [`Sink`](super::Sink) has an example.
    pub created: Option<SystemTime>,
    /// Observations that stand for many: of a counter one, of a histogram one for a bucket at most, by
    /// their values.
    pub exemplars: &'a [Exemplar],
    /// When it was as it is, if that was not now: of what somebody else has measured.
    pub time: Option<SystemTime>,
}

impl<'a> Point<'a> {
    pub(crate) fn new(value: Value<'a>) -> Point<'a> {
        Point { value, created: None, exemplars: &[], time: None }
    }

    /// A point of a counter, for a [`Collector`](crate::registry::Collector).
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

    /// A point of a gauge.
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

    /// A point of what may be a counter or a gauge: nobody knows.
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

    /// A point of an info family, whose labels say all; its value is 1.
    ///
    /// ```
    /// use measurand::registry::{Point, Value};
    /// assert_eq!(Point::info().value, Value::Info);
    /// ```
    pub fn info() -> Point<'static> {
        Point::new(Value::Info)
    }

    /// A point of a state set: whether the state holds that its last label names.
    ///
    /// That label is called as the family, and is the last of its labels.
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

    /// A point of a histogram: the observations of each bucket, not cumulative, that of `+Inf` last, and
    /// all observations added up. The bounds are those of its family's descriptor.
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

    /// A point of a native histogram. Its `classic` counts are those of the buckets that its family's
    /// descriptor names, that of `+Inf` last: of a family without buckets, all observations.
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

    /// A point of a summary: quantiles from 0 to 1, which rise, each with its value; how many
    /// observations there were; and all of them added up.
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

    /// Says since when it counts, of a counter, a histogram or a summary.
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

    /// Adds exemplars, of a counter or a histogram.
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

    /// Says when it was so. Use it where something else has measured it before: Prometheus takes what
    /// is older than its last sample for an error, and does not mark such a series as stale when it
    /// leaves.
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
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A counter.
    Counter(Number),
    /// A gauge.
    Gauge(Number),
    /// What may be either.
    Unknown(Number),
    /// What says all by its labels.
    Info,
    /// Whether a state of a state set holds, which its last label names.
    State(bool),
    /// A histogram.
    Histogram(HistogramValue<'a>),
    /// A histogram with native buckets.
    NativeHistogram(NativeValue<'a>),
    /// A summary.
    Summary(SummaryValue<'a>),
}

impl Value<'_> {
    /// That of a kind whose value is one number.
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
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramValue<'a> {
    /// Inclusive upper bounds in the base unit, without `+Inf`.
    pub bounds: &'a [f64],
    /// Observations per bucket, not cumulative; one more than bounds.
    pub counts: &'a [u64],
    /// All observations added up.
    pub sum: Number,
}

impl HistogramValue<'_> {
    /// How many observations there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |count, bucket| count.wrapping_add(*bucket))
    }
}

/// The buckets and the sum of a native histogram.
///
/// With schema `s` the bucket of index `i` holds what is above `2^((i - 1) / 2^s)`, up to and with
/// `2^(i / 2^s)`; a negative one holds the same below 0. See Prometheus's [specification].
///
/// [specification]: https://prometheus.io/docs/specs/native_histograms/
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct NativeValue<'a> {
    /// How fine the buckets are, from -4 to 8.
    pub schema: i8,
    /// What is as near to 0 as this is in the zero bucket.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: u64,
    /// Index and observations of each bucket above 0 that holds any, by index.
    pub positive: &'a [(i32, u64)],
    /// Those below 0.
    pub negative: &'a [(i32, u64)],
    /// The classic buckets beside them, of which there may be none but that of `+Inf`; the sum; and all
    /// observations, NaN among them, which is in no native bucket.
    pub classic: HistogramValue<'a>,
}

impl<'a> NativeValue<'a> {
    /// One without native buckets, for a [`Collector`](crate::registry::Collector).
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

    /// Sets how near to 0 the zero bucket reaches, and the observations in it.
    pub fn zero(self, threshold: f64, count: u64) -> NativeValue<'a> {
        NativeValue { zero_threshold: threshold, zero_count: count, ..self }
    }

    /// Sets the buckets above 0: index and observations of each, by index.
    pub fn positive(self, buckets: &'a [(i32, u64)]) -> NativeValue<'a> {
        NativeValue { positive: buckets, ..self }
    }

    /// Sets the buckets below 0.
    pub fn negative(self, buckets: &'a [(i32, u64)]) -> NativeValue<'a> {
        NativeValue { negative: buckets, ..self }
    }
}

/// Quantiles, the count and the sum of a summary.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SummaryValue<'a> {
    /// Quantiles from 0 to 1, each with its value in the base unit; NaN if nothing was observed of
    /// late.
    pub quantiles: &'a [(f64, f64)],
    /// How many observations there were.
    pub count: u64,
    /// All observations added up.
    pub sum: Number,
}
