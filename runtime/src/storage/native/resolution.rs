//! How fine a histogram is at present, in one word that all its blocks go by, and what bucket of it
//! a value is in.

use super::bounds::{COARSEST, FINEST, coarser, upper_bound};
use super::options::NativeOptions;

/// How fine a histogram is: as its options say, or coarser since it was too large.
///
/// It starts as fine as it may be with each *epoch*, which a reset begins, and only gets coarser
/// within. Since all blocks of a histogram go through the same steps, what is moved from one step to
/// a later one is where it would be if it had been counted there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resolution {
    /// How often everything was reset.
    pub(super) epoch: u64,
    /// Whether the limit was met in this epoch, so that a reset is due as soon as it may be.
    pub(super) is_limited: bool,
    /// How often two buckets were made one.
    pub(super) halvings: u32,
    /// How far the zero bucket was widened, if it was.
    pub(super) widened: Option<Widened>,
}

/// The zero bucket holds this bucket and all that are nearer to 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Widened {
    /// After how many halvings the bucket had this index.
    halvings: u32,
    index: i32,
}

/// So many bits are enough for any number of halvings.
const HALVINGS: u32 = 4;
/// And for any index, which is above `-MIDDLE` and below it.
const INDEX: u32 = 20;
const MIDDLE: i32 = 1 << (INDEX - 1);

impl Resolution {
    /// As fine as the options say.
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

    /// What is no further from 0 than this is in the zero bucket.
    pub(super) fn zero_threshold(&self, options: &NativeOptions) -> f64 {
        self.widened.map_or(options.first_zero_threshold(), |Widened { halvings, index }| {
            upper_bound(options.first_schema() - halvings as i8, index)
        })
    }

    /// The next coarser one, whose zero bucket holds the bucket that is nearest to 0 if it may, and
    /// else two buckets are one. Nothing if neither can be.
    pub(super) fn next(self, options: &NativeOptions, nearest: Option<i32>) -> Option<Resolution> {
        let schema = self.schema(options);
        let limited = Resolution { is_limited: true, ..self };
        let widened = nearest.filter(|index| {
            let threshold = upper_bound(schema, *index);
            // An infinite one would swallow everything.
            threshold <= options.max_zero_threshold && threshold.is_finite()
        });
        if let Some(index) = widened {
            let widened = Some(Widened { halvings: self.halvings, index });
            return Some(Resolution { widened, ..limited });
        }
        (schema > COARSEST).then_some(Resolution { halvings: self.halvings + 1, ..limited })
    }

    /// Where what is in a bucket of this resolution is in a later one of the epoch.
    pub(super) fn moved(&self, bucket: Bucket, to: &Resolution) -> Bucket {
        let Part::Regular { index, is_negative } = bucket.part() else { return bucket };
        if let Some(widened) = to.widened.filter(|_| to.widened != self.widened) {
            // This was the resolution before that, so it was no coarser.
            let halvings = widened.halvings.saturating_sub(self.halvings);
            if coarser(index, halvings) <= widened.index {
                return Bucket::ZERO;
            }
        }
        Bucket::regular(coarser(index, to.halvings.saturating_sub(self.halvings)), is_negative)
    }

    /// How much coarser than the finest schema it is.
    pub(super) fn coarseness(&self, options: &NativeOptions) -> u32 {
        (FINEST - self.schema(options)) as u32
    }
}

/// A bucket, or what a value without one is counted as, in 32 bits that are not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket(pub(super) u32);

/// What a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Zero,
    /// In no bucket, and counted.
    Nan,
    Regular {
        index: i32,
        is_negative: bool,
    },
}

impl Bucket {
    pub(super) const ZERO: Bucket = Bucket(1 << (INDEX + 1));
    pub(super) const NAN: Bucket = Bucket(1 << (INDEX + 2));

    #[inline]
    pub(super) fn regular(index: i32, is_negative: bool) -> Bucket {
        Bucket(((index + MIDDLE) as u32) << 1 | u32::from(is_negative))
    }

    #[inline]
    pub(super) fn part(self) -> Part {
        match self {
            Bucket::ZERO => Part::Zero,
            Bucket::NAN => Part::Nan,
            Bucket(bits) => {
                let index = (bits >> 1) as i32 - MIDDLE;
                Part::Regular { index, is_negative: bits & 1 != 0 }
            }
        }
    }

    /// How far it is from 0, if it is one of those that are limited.
    pub(super) fn index(self) -> Option<i32> {
        match self.part() {
            Part::Regular { index, .. } => Some(index),
            Part::Zero | Part::Nan => None,
        }
    }
}

/// What is counted together: a bucket, and a classic bucket beside it. One number for both is what
/// makes them agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) bucket: Bucket,
    pub(super) classic: u32,
}

impl Key {
    /// These are never 0.
    #[inline]
    pub(super) fn to_bits(self) -> u64 {
        u64::from(self.classic) << 32 | u64::from(self.bucket.0)
    }

    #[inline]
    pub(super) fn from_bits(bits: u64) -> Key {
        Key { bucket: Bucket(bits as u32), classic: (bits >> 32) as u32 }
    }
}
