//! The current resolution of a histogram, in one word shared by all its blocks, and the buckets of
//! values in it.

use super::bounds::{COARSEST, FINEST, coarser, upper_bound};
use super::options::NativeOptions;

/// How fine a histogram is: as its options say, or coarser since it had too many buckets.
///
/// Each *epoch*, which a reset begins, starts with the finest resolution, and the resolution only
/// becomes coarser within it. Since all blocks of a histogram go through the same steps, counts
/// that are moved from one step to a later one are where they would be if they had been counted
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resolution {
    /// The number of resets.
    pub(super) epoch: u64,
    /// Whether the limit was reached in this epoch, so that a reset is due as soon as it is
    /// allowed.
    pub(super) is_limited: bool,
    /// How often adjacent buckets were merged.
    pub(super) halvings: u32,
    /// How far the zero bucket was widened, if at all.
    pub(super) widened: Option<Widened>,
}

/// The zero bucket includes this bucket and all that are nearer to 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Widened {
    /// The number of halvings after which the bucket has this index.
    halvings: u32,
    index: i32,
}

/// The number of bits for any number of halvings.
const HALVINGS: u32 = 4;
/// The number of bits for any index, which is above `-MIDDLE` and below `MIDDLE`.
const INDEX: u32 = 20;
const MIDDLE: i32 = 1 << (INDEX - 1);

impl Resolution {
    /// Creates the resolution that an epoch begins with.
    pub(super) fn of_epoch(epoch: u64) -> Resolution {
        Resolution { epoch, is_limited: false, halvings: 0, widened: None }
    }

    pub(super) fn to_bits(self) -> u64 {
        let widened = self.widened.map_or(0, |Widened { halvings, index }| {
            u64::from(halvings) << (INDEX + 1) | ((index + MIDDLE) as u64) << 1 | 1
        });
        let bits = self.epoch << HALVINGS | u64::from(self.halvings);
        (bits << 1 | u64::from(self.is_limited)) << (HALVINGS + INDEX + 1) | widened
    }

    pub(super) fn from_bits(bits: u64) -> Resolution {
        let low = |bits: u64, width: u32| (bits & ((1 << width) - 1)) as u32;
        let index = low(bits >> 1, INDEX) as i32 - MIDDLE;
        let widened = Widened { halvings: low(bits >> (INDEX + 1), HALVINGS), index };
        let rest = bits >> (HALVINGS + INDEX + 1);
        Resolution {
            epoch: rest >> (HALVINGS + 1),
            is_limited: rest & 1 != 0,
            halvings: low(rest >> 1, HALVINGS),
            widened: (bits & 1 != 0).then_some(widened),
        }
    }

    pub(super) fn schema(&self, options: &NativeOptions) -> i8 {
        options.first_schema() - self.halvings as i8
    }

    /// Returns the largest absolute value in the zero bucket.
    pub(super) fn zero_threshold(&self, options: &NativeOptions) -> f64 {
        self.widened.map_or(options.first_zero_threshold(), |Widened { halvings, index }| {
            upper_bound(options.first_schema() - halvings as i8, index)
        })
    }

    /// Returns the next coarser resolution: the zero bucket includes the nearest bucket if allowed,
    /// else adjacent buckets are merged. `None` if neither is possible.
    pub(super) fn next(self, options: &NativeOptions, nearest: Option<i32>) -> Option<Resolution> {
        let schema = self.schema(options);
        let limited = Resolution { is_limited: true, ..self };
        let widened = nearest.filter(|index| {
            let threshold = upper_bound(schema, *index);
            // An infinite threshold would include everything.
            threshold <= options.max_zero_threshold && threshold.is_finite()
        });
        if let Some(index) = widened {
            let widened = Some(Widened { halvings: self.halvings, index });
            return Some(Resolution { widened, ..limited });
        }
        (schema > COARSEST).then_some(Resolution { halvings: self.halvings + 1, ..limited })
    }

    /// Returns the bucket in a later resolution of the epoch for a bucket of this one.
    pub(super) fn moved(&self, bucket: BucketCode, to: &Resolution) -> BucketCode {
        let BucketKind::Regular { index, is_negative } = bucket.part() else { return bucket };
        if let Some(widened) = to.widened.filter(|_| to.widened != self.widened) {
            // `self` precedes the widening, so it has no more halvings.
            let halvings = widened.halvings.saturating_sub(self.halvings);
            if coarser(index, halvings) <= widened.index {
                return BucketCode::ZERO;
            }
        }
        BucketCode::regular(coarser(index, to.halvings.saturating_sub(self.halvings)), is_negative)
    }

    /// Returns how many halvings coarser than the finest schema it is.
    pub(super) fn coarseness(&self, options: &NativeOptions) -> u32 {
        (FINEST - self.schema(options)) as u32
    }
}

/// A bucket, or what a value outside all buckets is counted as, in 32 bits that are not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BucketCode(pub(super) u32);

/// The meaning of a [`BucketCode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BucketKind {
    Zero,
    /// Counted, but in no bucket.
    Nan,
    Regular {
        index: i32,
        is_negative: bool,
    },
}

impl BucketCode {
    pub(super) const ZERO: BucketCode = BucketCode(1 << (INDEX + 1));
    pub(super) const NAN: BucketCode = BucketCode(1 << (INDEX + 2));

    #[inline]
    pub(super) fn regular(index: i32, is_negative: bool) -> BucketCode {
        BucketCode(((index + MIDDLE) as u32) << 1 | u32::from(is_negative))
    }

    #[inline]
    pub(super) fn part(self) -> BucketKind {
        match self {
            BucketCode::ZERO => BucketKind::Zero,
            BucketCode::NAN => BucketKind::Nan,
            BucketCode(bits) => {
                let index = (bits >> 1) as i32 - MIDDLE;
                BucketKind::Regular { index, is_negative: bits & 1 != 0 }
            }
        }
    }

    /// Returns the index of a bucket that counts against the limit.
    pub(super) fn index(self) -> Option<i32> {
        match self.part() {
            BucketKind::Regular { index, .. } => Some(index),
            BucketKind::Zero | BucketKind::Nan => None,
        }
    }
}

/// The key of a slot: a bucket and a classic bucket. Having one count for both keeps them
/// consistent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableKey {
    pub(super) bucket: BucketCode,
    pub(super) classic: u32,
}

impl TableKey {
    /// Returns the key in 64 bits that are never all zero.
    #[inline]
    pub(super) fn to_bits(self) -> u64 {
        u64::from(self.classic) << 32 | u64::from(self.bucket.0)
    }

    #[inline]
    pub(super) fn from_bits(bits: u64) -> TableKey {
        TableKey { bucket: BucketCode(bits as u32), classic: (bits >> 32) as u32 }
    }
}
