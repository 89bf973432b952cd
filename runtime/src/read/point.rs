//! What a series shows, and what becomes of the gather.

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
}

impl<'a> Point<'a> {
    pub(crate) fn new(value: Value<'a>) -> Point<'a> {
        Point { value }
    }

    /// A point of a counter, for a [`Collector`](crate::registry::Collector).
    ///
    /// ```
    /// use measurand::registry::Point;
    /// let read = Point::counter(1_u64 << 40);
    /// let busy = Point::counter(std::time::Duration::from_millis(1_500));
    /// assert_ne!(read, busy);
    /// ```
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
    pub fn gauge(value: impl Into<Number>) -> Point<'static> {
        Point::new(Value::Gauge(value.into()))
    }

    /// A point of a histogram: the observations of each bucket, not cumulative, that of `+Inf` last, and
    /// all observations added up. The bounds are those of its family's descriptor.
    ///
    /// ```
    /// use measurand::registry::{Point, Value};
    /// let waits = Point::histogram(&[3, 1, 0], std::time::Duration::from_millis(7));
    /// assert!(matches!(waits.value, Value::Histogram(value) if value.counts.len() == 3));
    /// ```
    pub fn histogram(counts: &'a [u64], sum: impl Into<Number>) -> Point<'a> {
        Point::new(Value::Histogram(HistogramValue { bounds: &[], counts, sum: sum.into() }))
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
    /// A histogram.
    Histogram(HistogramValue<'a>),
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
