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
