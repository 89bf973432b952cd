//! What a native histogram is told: how fine it is, and what keeps it small.

use std::time::Duration;

use super::bounds::{COARSEST, FINEST, upper_bound};

/// How fine the buckets of a [`NativeHistogram`](crate::NativeHistogram) are, and what is done where
/// there would be too many.
///
/// A field says it by `#[metric(native(…))]`, with options of the same names; this is for metrics that
/// are made at run time.
///
/// ```
/// use std::time::Duration;
/// use measurand::runtime::{FamilyOptions, NativeOptions};
/// use measurand::{NativeHistogram, Registry};
///
/// let registry = Registry::new();
/// let sizes = FamilyOptions::new("plugin_answers", "Rows of an answer.")
///     .native(NativeOptions::new().factor(1.5).max_buckets(80).min_reset(Duration::from_secs(900)))
///     .register_unlabelled::<NativeHistogram>(&registry)?;
/// sizes.observe(7);
/// assert_eq!(sizes.snapshot().schema(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NativeOptions {
    /// From -4 to 8: one bucket ends 2^(2^-`schema`) times as high as the one before it.
    pub(super) schema: i8,
    /// What is no further from 0 than this is in the zero bucket.
    pub(super) zero_threshold: f64,
    /// How many buckets may be populated, without the zero bucket; 0 for [`CEILING`], and no more
    /// than that.
    pub(super) max_buckets: u32,
    /// How long after the last reset one that is too large starts anew; 0 for never.
    pub(super) min_reset: Duration,
    /// How far the zero bucket may be widened to make it smaller.
    pub(super) max_zero_threshold: f64,
}

/// No histogram has more populated buckets than this, so that what it takes is bounded. Without a
/// limit of its own, it gets coarser here.
pub(crate) const CEILING: usize = 2_048;

/// Stands for a factor that is none.
const NO_SCHEMA: i8 = i8::MIN;

impl NativeOptions {
    /// What Prometheus recommends: buckets that grow by 9 percent (schema 3, factor 1.1), a zero bucket up
    /// to 2^-128 that is never widened, at most 160 buckets, and no reset within an hour.
    pub const fn new() -> NativeOptions {
        NativeOptions {
            schema: 3,
            // As client_golang has it.
            zero_threshold: upper_bound(0, -128),
            max_buckets: 160,
            min_reset: Duration::from_secs(60 * 60),
            max_zero_threshold: 0.0,
        }
    }

    /// Sets by how much a bucket ends higher than the one before it, at most: the schema is the
    /// coarsest whose factor is not above this one, or the finest. The factor is above 1.
    pub const fn factor(self, factor: f64) -> NativeOptions {
        NativeOptions { schema: schema_of_factor(factor), ..self }
    }

    /// Sets the schema, from -4 to 8: one bucket ends 2^(2^-`schema`) times as high as the one before.
    pub const fn schema(self, schema: i8) -> NativeOptions {
        NativeOptions { schema, ..self }
    }

    /// Sets how far from 0 a value may be that counts in the zero bucket. With 0 only zeros do.
    pub const fn zero_threshold(self, threshold: f64) -> NativeOptions {
        NativeOptions { zero_threshold: threshold, ..self }
    }

    /// Sets how many buckets may be populated, without the zero bucket: at most 2048, which is also what
    /// 0 means.
    ///
    /// Where an observation would make one more, the histogram starts anew if
    /// [`min_reset`](NativeOptions::min_reset) allows it. Otherwise the zero bucket is widened, up to
    /// [`max_zero_threshold`](NativeOptions::max_zero_threshold), and if that is not enough, two buckets
    /// are made one as often as it takes; it then starts anew as soon as it may.
    pub const fn max_buckets(self, buckets: u32) -> NativeOptions {
        NativeOptions { max_buckets: buckets, ..self }
    }

    /// Sets the least time between two resets of a histogram that has too many buckets. With 0 it is
    /// never reset.
    pub const fn min_reset(self, after: Duration) -> NativeOptions {
        NativeOptions { min_reset: after, ..self }
    }

    /// Sets how far the zero bucket may be widened where there are too many buckets.
    pub const fn max_zero_threshold(self, threshold: f64) -> NativeOptions {
        NativeOptions { max_zero_threshold: threshold, ..self }
    }

    /// Why there can be no such histogram.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let options = ["schema", "zero_threshold", "max_zero_threshold", "max_buckets"];
        options.into_iter().find_map(|option| self.problem_of(option))
    }

    /// What is wrong with one of the options.
    pub(crate) const fn problem_of(&self, option: &str) -> Option<&'static str> {
        match option.as_bytes() {
            b"schema" | b"factor" if self.schema == NO_SCHEMA => {
                Some("the factor of native buckets must be above 1\nhelp: write 1.1")
            }
            b"schema" | b"factor" if self.schema < COARSEST || self.schema > FINEST => {
                Some("the schema of native buckets is from -4 to 8\nhelp: write 3")
            }
            b"zero_threshold" if !is_threshold(self.zero_threshold) => Some(
                "a zero threshold is 0 or above it, and finite\nhelp: write 0, or leave it out",
            ),
            b"max_zero_threshold" if !is_threshold(self.max_zero_threshold) => Some(
                "the largest zero threshold is 0 or above it, and finite\nhelp: write 0, or leave it out",
            ),
            b"max_buckets" if self.max_buckets as usize > CEILING => {
                Some("a native histogram has at most 2048 buckets\nhelp: write 160")
            }
            _ => None,
        }
    }

    /// The schema at first, where it is one.
    pub(super) fn first_schema(&self) -> i8 {
        self.schema.clamp(COARSEST, FINEST)
    }

    /// How many buckets may be populated.
    pub(super) fn limit(&self) -> usize {
        match self.max_buckets {
            0 => CEILING,
            max => CEILING.min(max as usize),
        }
    }

    /// How wide the zero bucket is at first; NaN is no width.
    pub(super) fn first_zero_threshold(&self) -> f64 {
        self.zero_threshold.clamp(0.0, f64::MAX).max(0.0)
    }

    /// Whether the histogram may start anew, so long after it did.
    pub(super) fn allows_reset_after(&self, since: Duration) -> bool {
        !self.min_reset.is_zero() && since >= self.min_reset
    }
}

impl Default for NativeOptions {
    fn default() -> Self {
        NativeOptions::new()
    }
}

/// NaN is none.
const fn is_threshold(threshold: f64) -> bool {
    threshold >= 0.0 && threshold.is_finite()
}

/// The coarsest schema whose buckets grow by no more than `factor`; the finest if there is none.
const fn schema_of_factor(factor: f64) -> i8 {
    if factor <= 1.0 || factor.is_nan() {
        return NO_SCHEMA;
    }
    let mut schema = COARSEST;
    // Bucket 0 ends at 1, and the next one at the factor of the schema.
    while schema < FINEST && upper_bound(schema, 1) > factor {
        schema += 1;
    }
    schema
}
