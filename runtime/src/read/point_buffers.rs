//! Buffers for the contents of a point, reused from one to the next.

use std::time::Duration;

use super::point::{HistogramValue, NativeValue, SummaryValue, Value};
use crate::exemplar::Exemplar;
use crate::kind::Kind;
use crate::number::Number;
#[cfg(feature = "summary")]
use crate::storage::Observed;
use crate::storage::{NativeOptions, NativeSnapshot};

/// The contents of a distribution. Reading adds to what is there, so that equal series add up.
#[derive(Debug, Default)]
pub struct PointBuffers {
    /// The number of observations in each bucket, not cumulative, with that of `+Inf` last; without
    /// buckets, the number of all observations.
    pub(crate) counts: Vec<u64>,
    /// Whether it has native buckets.
    is_native: bool,
    /// The native buckets, if there are any.
    pub(crate) native: NativeSnapshot,
    /// The buffer for one more native histogram, which is then added.
    read: NativeSnapshot,
    /// The quantiles with their values.
    pub(crate) quantiles: Vec<(f64, f64)>,
    /// Recent observations, for quantiles.
    #[cfg(feature = "summary")]
    pub(crate) observed: Observed,
    /// A buffer for exemplars.
    pub(crate) exemplars: Vec<Exemplar>,
    /// Since when a distribution that resets itself counts.
    pub(crate) created: Option<Duration>,
}

impl PointBuffers {
    pub(crate) fn bytes(&self) -> usize {
        let PointBuffers { counts, native, read, quantiles, exemplars, .. } = self;
        #[cfg(feature = "summary")]
        let observed = self.observed.values.capacity() * size_of::<(f64, u64)>();
        #[cfg(not(feature = "summary"))]
        let observed = 0;
        counts.capacity() * size_of::<u64>()
            + native.bytes()
            + read.bytes()
            + quantiles.capacity() * size_of::<(f64, f64)>()
            + exemplars.capacity() * size_of::<Exemplar>()
            + observed
    }

    pub(crate) fn clear(&mut self) {
        self.counts.clear();
        self.is_native = false;
        self.native.clear();
        self.quantiles.clear();
        self.exemplars.clear();
        self.created = None;
        #[cfg(feature = "summary")]
        self.observed.clear();
    }

    /// Computes the quantiles, after all equal series were read.
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

    /// Adds the native histogram that `read` reads, and returns its sum. `created` is when it was
    /// last reset, if ever.
    pub(crate) fn add_native(
        &mut self,
        created: Option<Duration>,
        read: impl FnOnce(&mut NativeSnapshot),
    ) -> Number {
        read(&mut self.read);
        let sum = self.read.sum;
        let len = self.counts.len().max(self.read.classic.len());
        self.counts.resize(len, 0);
        for (count, more) in std::iter::zip(&mut self.counts, &self.read.classic) {
            *count = count.wrapping_add(*more);
        }
        if self.is_native {
            self.native.add(&mut self.read);
        } else {
            std::mem::swap(&mut self.native, &mut self.read);
        }
        self.is_native = true;
        self.created = self.created.max(created);
        sum
    }

    /// Adds a native histogram without observations.
    pub(crate) fn empty_native(&mut self, options: &NativeOptions, classic: usize) {
        self.add_native(None, |into| into.make_empty(options, classic));
    }

    /// Returns whether anything was observed.
    pub(crate) fn is_touched(&self) -> bool {
        self.counts.iter().any(|count| *count != 0)
    }

    /// Returns the contents as the value of a distribution with these bounds and this sum.
    pub(crate) fn value<'a>(&'a self, kind: Kind, bounds: &'a [f64], sum: Number) -> Value<'a> {
        let histogram = HistogramValue { bounds, counts: &self.counts, sum };
        match kind {
            Kind::Summary => {
                let count = histogram.count();
                Value::Summary(SummaryValue { quantiles: &self.quantiles, count, sum })
            }
            _ if self.is_native => {
                let NativeSnapshot {
                    schema, zero_threshold, zero_count, positive, negative, ..
                } = &self.native;
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
