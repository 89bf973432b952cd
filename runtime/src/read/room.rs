//! Room for what a point is made of, kept from one to the next.

use std::time::Duration;

use super::point::{HistogramValue, NativeValue, SummaryValue, Value};
use crate::exemplar::Exemplar;
use crate::kind::Kind;
use crate::number::Number;
#[cfg(feature = "summary")]
use crate::storage::Observed;

/// What has been read of a distribution: all of it is added to what is there, so that equal series
/// add up.
#[derive(Debug, Default)]
pub struct Room {
    /// Observations of each bucket, not cumulative, that of `+Inf` last; all observations of what
    /// has no buckets.
    pub(crate) counts: Vec<u64>,
    /// Native buckets, of what has them.
    pub(crate) native: Native,
    /// Quantiles with their values.
    pub(crate) quantiles: Vec<(f64, f64)>,
    /// What was observed of late, of what has quantiles.
    #[cfg(feature = "summary")]
    pub(crate) observed: Observed,
    /// Exemplars, of what has them.
    pub(crate) exemplars: Vec<Exemplar>,
    /// Since when it counts, of what starts anew by itself.
    pub(crate) created: Option<Duration>,
}

/// The native buckets of a histogram.
#[derive(Debug, Default)]
pub(crate) struct Native {
    /// Whether there are any; otherwise nothing else is of use.
    pub(crate) is_any: bool,
    pub(crate) schema: i8,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: u64,
    /// By index, which rises.
    pub(crate) positive: Vec<(i32, u64)>,
    pub(crate) negative: Vec<(i32, u64)>,
}

impl Room {
    pub(crate) fn bytes(&self) -> usize {
        let Room { counts, native, quantiles, exemplars, .. } = self;
        #[cfg(feature = "summary")]
        let observed = self.observed.values.capacity() * size_of::<(f64, u64)>();
        #[cfg(not(feature = "summary"))]
        let observed = 0;
        counts.capacity() * size_of::<u64>()
            + (native.positive.capacity() + native.negative.capacity()) * size_of::<(i32, u64)>()
            + quantiles.capacity() * size_of::<(f64, f64)>()
            + exemplars.capacity() * size_of::<Exemplar>()
            + observed
    }

    pub(crate) fn clear(&mut self) {
        self.counts.clear();
        self.native.is_any = false;
        self.native.positive.clear();
        self.native.negative.clear();
        self.quantiles.clear();
        self.exemplars.clear();
        self.created = None;
        #[cfg(feature = "summary")]
        self.observed.clear();
    }

    /// Finds the quantiles, when all that adds up was read.
    #[inline]
    pub(crate) fn settle(&mut self) {
        #[cfg(feature = "summary")]
        if !self.quantiles.is_empty() {
            self.observed.sort();
            for (quantile, value) in &mut self.quantiles {
                *value = self.observed.quantile(*quantile);
            }
        }
    }

    /// Whether anything was observed.
    pub(crate) fn is_touched(&self) -> bool {
        self.counts.iter().any(|count| *count != 0)
    }

    /// What it holds, of a distribution with these bounds and this sum.
    pub(crate) fn value<'a>(&'a self, kind: Kind, bounds: &'a [f64], sum: Number) -> Value<'a> {
        let histogram = HistogramValue { bounds, counts: &self.counts, sum };
        match kind {
            Kind::Summary => {
                let count = histogram.count();
                Value::Summary(SummaryValue { quantiles: &self.quantiles, count, sum })
            }
            _ if self.native.is_any => {
                let Native { schema, zero_threshold, zero_count, positive, negative, .. } =
                    &self.native;
                Value::NativeHistogram(NativeValue {
                    schema: *schema,
                    zero_threshold: *zero_threshold,
                    zero_count: *zero_count,
                    positive,
                    negative,
                    classic: histogram,
                })
            }
            _ => Value::Histogram(histogram),
        }
    }
}
