//! Options of a native histogram: how fine it is, and what keeps it small.

use std::time::Duration;

use super::bounds::{COARSEST, FINEST, upper_bound};

/// How fine the buckets of a [`NativeHistogram`](crate::NativeHistogram) are, and what happens when
/// there would be too many.
///
/// A field sets these with `#[metric(native(…))]`, whose options have the same names; this type is
/// for metrics that are created at run time.
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
    /// From -4 to 8: each bucket ends at 2^(2^-`schema`) times the bound of the one before.
    pub(super) schema: i8,
    /// Values whose absolute value is at most this are in the zero bucket.
    pub(super) zero_threshold: f64,
    /// The largest number of populated buckets, without the zero bucket: at most [`CEILING`], which
    /// is also what 0 means.
    pub(super) max_buckets: u32,
    /// How long after the last reset a histogram with too many buckets is reset; 0 for never.
    pub(super) min_reset: Duration,
    /// How far the zero bucket may be widened to save buckets.
    pub(super) max_zero_threshold: f64,
}

/// The largest number of populated buckets of any histogram, so that its memory is bounded. Without
/// a limit of its own, a histogram becomes coarser here.
pub(crate) const CEILING: usize = 2_048;

/// The schema of a factor that is not above 1.
const NO_SCHEMA: i8 = i8::MIN;

impl NativeOptions {
    /// Creates the options that Prometheus recommends: buckets that grow by 9 percent (schema 3,
    /// factor 1.1), a zero bucket up to 2^-128 that is never widened, at most 160 buckets, and no
    /// reset within an hour.
    pub const fn new() -> NativeOptions {
        NativeOptions {
            schema: 3,
            // The same as in client_golang.
            zero_threshold: upper_bound(0, -128),
            max_buckets: 160,
            min_reset: Duration::from_secs(60 * 60),
            max_zero_threshold: 0.0,
        }
    }

    /// Sets the largest factor between the bounds of adjacent buckets, which must be above 1. The
    /// schema becomes the coarsest one whose factor is not above `factor`, or the finest if there
    /// is none.
    pub const fn factor(self, factor: f64) -> NativeOptions {
        NativeOptions { schema: schema_of_factor(factor), ..self }
    }

    /// Sets the schema, from -4 to 8: each bucket ends at 2^(2^-`schema`) times the bound of the
    /// one before.
    pub const fn schema(self, schema: i8) -> NativeOptions {
        NativeOptions { schema, ..self }
    }

    /// Sets the largest absolute value that counts in the zero bucket. With 0, only zeros do.
    pub const fn zero_threshold(self, threshold: f64) -> NativeOptions {
        NativeOptions { zero_threshold: threshold, ..self }
    }

    /// Sets the largest number of populated buckets, without the zero bucket: at most 2048, which
    /// is also what 0 means.
    ///
    /// When an observation would exceed it, the histogram is reset if
    /// [`min_reset`](NativeOptions::min_reset) allows it. Otherwise the zero bucket is widened, up
    /// to [`max_zero_threshold`](NativeOptions::max_zero_threshold), and if that is not enough,
    /// adjacent buckets are merged in pairs as often as it takes; the histogram is then reset as
    /// soon as `min_reset` allows.
    pub const fn max_buckets(self, buckets: u32) -> NativeOptions {
        NativeOptions { max_buckets: buckets, ..self }
    }

    /// Sets the least time between two resets of a histogram with too many buckets. With 0, it is
    /// never reset.
    pub const fn min_reset(self, after: Duration) -> NativeOptions {
        NativeOptions { min_reset: after, ..self }
    }

    /// Sets how far the zero bucket may be widened to save buckets.
    ///
    /// ```
    /// use measurand::runtime::{FamilyOptions, NativeOptions};
    /// use measurand::{NativeHistogram, Registry};
    ///
    /// let registry = Registry::new();
    /// let options = NativeOptions::new().zero_threshold(0.001).max_zero_threshold(0.1);
    /// let changes = FamilyOptions::new("doc_zero_threshold", "Changes of the price.")
    ///     .native(options)
    ///     .register_unlabelled::<NativeHistogram>(&registry)?;
    /// assert_eq!(changes.snapshot().zero_threshold(), 0.001);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn max_zero_threshold(self, threshold: f64) -> NativeOptions {
        NativeOptions { max_zero_threshold: threshold, ..self }
    }

    /// Returns why these options are refused, if they are.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let options = ["schema", "zero_threshold", "max_zero_threshold", "max_buckets"];
        options.into_iter().find_map(|option| self.problem_of(option))
    }

    /// Returns what is wrong with one of the options, if anything is.
    pub(crate) const fn problem_of(&self, option: &str) -> Option<&'static str> {
        match option.as_bytes() {
            b"schema" | b"factor" if self.schema == NO_SCHEMA => {
                Some("the factor of native buckets must be above 1\nhelp: write 1.1")
            }
            b"schema" | b"factor" if self.schema < COARSEST || self.schema > FINEST => {
                Some("the schema of native buckets must be from -4 to 8\nhelp: write 3")
            }
            b"zero_threshold" if !is_threshold(self.zero_threshold) => Some(
                "a zero threshold must be finite and not negative\nhelp: write 0, or leave it out",
            ),
            b"max_zero_threshold" if !is_threshold(self.max_zero_threshold) => Some(
                "the largest zero threshold must be finite and not negative\nhelp: write 0, or leave it out",
            ),
            b"max_buckets" if self.max_buckets as usize > CEILING => {
                Some("a native histogram has at most 2048 buckets\nhelp: write 160")
            }
            _ => None,
        }
    }

    /// Returns the schema after a reset.
    pub(super) fn first_schema(&self) -> i8 {
        self.schema.clamp(COARSEST, FINEST)
    }

    /// Returns the largest number of populated buckets.
    pub(super) fn limit(&self) -> usize {
        match self.max_buckets {
            0 => CEILING,
            max => CEILING.min(max as usize),
        }
    }

    /// Returns the zero threshold after a reset; NaN becomes 0.
    pub(super) fn first_zero_threshold(&self) -> f64 {
        self.zero_threshold.clamp(0.0, f64::MAX).max(0.0)
    }

    /// Returns whether the histogram may be reset when the last reset was `since` ago.
    pub(super) fn allows_reset_after(&self, since: Duration) -> bool {
        !self.min_reset.is_zero() && since >= self.min_reset
    }
}

impl Default for NativeOptions {
    fn default() -> Self {
        NativeOptions::new()
    }
}

/// Returns whether a zero threshold is allowed. NaN is not.
const fn is_threshold(threshold: f64) -> bool {
    threshold >= 0.0 && threshold.is_finite()
}

/// Returns the coarsest schema whose buckets grow by no more than `factor`, or the finest if there
/// is none.
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
