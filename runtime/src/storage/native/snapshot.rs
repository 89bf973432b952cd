//! The contents of a native histogram at one moment, from all its blocks.

use super::block::Copied;
use super::bounds::{coarser, upper_bound};
use super::options::NativeOptions;
use super::resolution::{BucketCode, BucketKind, Resolution, TableKey};
use crate::number::Number;
use crate::unit::Representation;

/// The contents of a native histogram at one moment.
///
/// The buffers are reused: reading clears them first.
#[derive(Clone, Debug)]
pub(crate) struct NativeSnapshot {
    pub(crate) schema: i8,
    pub(crate) zero_threshold: f64,
    /// The number of observations in the zero bucket.
    pub(crate) zero_count: u64,
    /// The populated buckets in the order of their indices, each with its count.
    pub(crate) positive: Vec<(i32, u64)>,
    /// The populated buckets below 0, where a higher index is further from 0, each with its count.
    pub(crate) negative: Vec<(i32, u64)>,
    pub(crate) sum: Number,
    /// The number of observations, including NaN, which is in no bucket.
    pub(crate) count: u64,
    /// The number of observations in each classic bucket.
    pub(crate) classic: Vec<u64>,
    pub(super) copied: Copied,
}

impl NativeSnapshot {
    pub(crate) fn new() -> NativeSnapshot {
        NativeSnapshot {
            schema: 0,
            zero_threshold: 0.0,
            zero_count: 0,
            positive: Vec::new(),
            negative: Vec::new(),
            sum: Number::Whole(0),
            count: 0,
            classic: Vec::new(),
            copied: Copied::default(),
        }
    }

    /// Clears it to the contents of a histogram without observations.
    pub(crate) fn clear(&mut self) {
        (self.zero_count, self.count) = (0, 0);
        self.positive.clear();
        self.negative.clear();
        self.classic.clear();
    }

    /// Sets it to the contents of a histogram whose cells were not created yet.
    pub(crate) fn make_empty(&mut self, options: &NativeOptions, classic: usize) {
        self.clear();
        self.classic.resize(classic, 0);
        self.limit(Resolution::of_epoch(0), options);
    }

    /// Returns the memory that its buffers take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        (self.positive.capacity() + self.negative.capacity()) * size_of::<(i32, u64)>()
            + self.classic.capacity() * size_of::<u64>()
            + self.copied.slots.capacity() * size_of::<(u64, u64)>()
    }

    /// Adds the contents of another histogram, which may be coarser or finer: the result is in the
    /// coarser schema and has the wider zero bucket.
    pub(crate) fn add(&mut self, other: &mut NativeSnapshot) {
        let schema = self.schema.min(other.schema);
        let mut threshold = self.zero_threshold.max(other.zero_threshold);
        // A bucket that reaches out of the zero bucket widens it, which may make it too wide for a
        // bucket of the other histogram in turn.
        loop {
            let widened = self.widened(threshold).max(other.widened(threshold));
            if widened == threshold {
                break;
            }
            threshold = widened;
        }
        for it in [&mut *self, other] {
            it.widen(threshold);
            let halvings = (it.schema - schema) as u32;
            for (index, _) in it.positive.iter_mut().chain(&mut it.negative) {
                *index = coarser(*index, halvings);
            }
            it.schema = schema;
        }
        self.positive.extend_from_slice(&other.positive);
        self.negative.extend_from_slice(&other.negative);
        self.merge();
        self.zero_count = self.zero_count.wrapping_add(other.zero_count);
        self.count = self.count.wrapping_add(other.count);
    }

    /// Converts it to a coarser schema and a wider zero bucket. Returns `false`, without a change,
    /// if either would be finer.
    #[cfg(feature = "otlp-http")]
    pub(crate) fn coarsen(&mut self, schema: i8, zero_threshold: f64) -> bool {
        if schema > self.schema || zero_threshold < self.zero_threshold {
            return false;
        }
        self.widen(zero_threshold);
        let halvings = (self.schema - schema) as u32;
        for (index, _) in self.positive.iter_mut().chain(&mut self.negative) {
            *index = coarser(*index, halvings);
        }
        self.schema = schema;
        self.merge();
        true
    }

    /// Returns the threshold, widened so that the zero bucket ends where a bucket does.
    fn widened(&self, threshold: f64) -> f64 {
        if threshold <= self.zero_threshold {
            return threshold;
        }
        let indices = self.positive.iter().chain(&self.negative).map(|(index, _)| *index);
        let reaching = indices.filter(|index| upper_bound(self.schema, index - 1) < threshold);
        reaching.map(|index| upper_bound(self.schema, index)).fold(threshold, f64::max)
    }

    /// Widens the zero bucket to a threshold at which a bucket ends.
    fn widen(&mut self, threshold: f64) {
        let NativeSnapshot { schema, zero_count, positive, negative, zero_threshold, .. } = self;
        if threshold > *zero_threshold {
            for buckets in [positive, negative] {
                buckets.retain(|(index, count)| {
                    let is_within = upper_bound(*schema, *index) <= threshold;
                    if is_within {
                        *zero_count = zero_count.wrapping_add(*count);
                    }
                    !is_within
                });
            }
            *zero_threshold = threshold;
        }
    }

    /// Adds what was copied of a block, whose resolution is the same or an earlier one of the
    /// epoch.
    pub(super) fn add_copied<R: Representation>(&mut self, resolution: &Resolution) {
        let Some(from) = self.copied.resolution else { return };
        self.sum = self.sum.plus(R::sum(self.copied.sum));
        for (key, count) in &self.copied.slots {
            let TableKey { bucket, classic: at } = TableKey::from_bits(*key);
            self.count = self.count.wrapping_add(*count);
            if let Some(classic) = self.classic.get_mut(at as usize) {
                *classic = classic.wrapping_add(*count);
            }
            match from.moved(bucket, resolution).part() {
                BucketKind::Nan => {}
                BucketKind::Zero => self.zero_count = self.zero_count.wrapping_add(*count),
                BucketKind::Regular { index, is_negative: false } => {
                    self.positive.push((index, *count))
                }
                BucketKind::Regular { index, is_negative: true } => {
                    self.negative.push((index, *count))
                }
            }
        }
    }

    /// Makes it coarser until no more buckets are populated than allowed, and returns the
    /// resolution it then has.
    pub(super) fn limit(&mut self, resolution: Resolution, options: &NativeOptions) -> Resolution {
        let mut limited = resolution;
        self.merge();
        while self.positive.len() + self.negative.len() > options.limit() {
            let nearest = self.positive.first().into_iter().chain(self.negative.first());
            let Some(next) = limited.next(options, nearest.map(|(index, _)| *index).min()) else {
                limited.is_limited = true;
                break;
            };
            let sides = [(&mut self.positive, false), (&mut self.negative, true)];
            for (buckets, is_negative) in sides {
                buckets.retain_mut(|(index, count)| {
                    let moved = limited.moved(BucketCode::regular(*index, is_negative), &next);
                    match moved.index() {
                        Some(moved) => *index = moved,
                        None => self.zero_count = self.zero_count.wrapping_add(*count),
                    }
                    moved.index().is_some()
                });
            }
            self.merge();
            limited = next;
        }
        self.schema = limited.schema(options);
        self.zero_threshold = limited.zero_threshold(options);
        limited
    }

    /// Sorts the buckets, and merges those with the same index.
    fn merge(&mut self) {
        for buckets in [&mut self.positive, &mut self.negative] {
            buckets.sort_unstable_by_key(|(index, _)| *index);
            buckets.dedup_by(|(index, count), (kept, total)| {
                let is_same = index == kept;
                if is_same {
                    *total = total.wrapping_add(*count);
                }
                is_same
            });
        }
    }
}

impl Default for NativeSnapshot {
    fn default() -> Self {
        NativeSnapshot::new()
    }
}
