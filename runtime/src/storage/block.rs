//! A histogram in a slab: one writer, and readers that see an observation whole or not at all.
//!
//! The block starts with a sequence number that is odd while the writer is inside. This is a
//! sequence lock over atomics: data are stored with release and loaded with acquire, so that a
//! reader who has seen any part of an observation also sees that the number has moved. See Boehm,
//! "Can seqlocks get along with programming language memory models?" (MSPC 2012).

use crate::sync::{AtomicU64, Ordering, spin_loop, yield_now};
use crate::unit::Representation;

/// A value that is counted in a histogram. With the weight [`One`] it fits into two registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation<W = One> {
    /// Which bucket it is in.
    pub(crate) bucket: usize,
    pub(crate) bits: u64,
    /// For how many it stands. A float stands for itself.
    pub(crate) weight: W,
}

/// For how many values one stands.
pub(crate) trait Weight: Copy {
    fn weight(self) -> u64;
}

/// Each value stands for itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct One;

impl Weight for One {
    #[inline]
    fn weight(self) -> u64 {
        1
    }
}

impl Weight for u64 {
    #[inline]
    fn weight(self) -> u64 {
        self
    }
}

impl Observation {
    /// One that stands for itself.
    #[inline]
    pub(crate) fn new(bucket: usize, bits: u64) -> Observation {
        Observation { bucket, bits, weight: One }
    }
}

impl<W: Weight> Observation<W> {
    /// What it adds to the sum of an integral unit: the lower and the upper half.
    #[inline]
    pub(super) fn sum(self) -> (u64, u64) {
        let sum = u128::from(self.bits) * u128::from(self.weight.weight());
        (sum as u64, (sum >> 64) as u64)
    }
}

/// Counts one observation, as the one writer of the block. False if there is no such bucket.
#[inline]
pub(super) fn observe<R: Representation>(
    block: &[AtomicU64],
    seen: Observation<impl Weight>,
) -> bool {
    let Observation { bucket, bits, weight } = seen;
    // Everything that could be missing is looked for before the number turns odd.
    let [sequence, low, high, buckets @ ..] = block else { return false };
    let Some(bucket) = buckets.get(bucket) else { return false };
    let before = sequence.load(Ordering::Relaxed);
    sequence.store(before.wrapping_add(1), Ordering::Relaxed);
    bucket.store(bucket.load(Ordering::Relaxed).wrapping_add(weight.weight()), Ordering::Release);
    let sum = low.load(Ordering::Relaxed);
    if R::INTEGRAL {
        let (added, above) = seen.sum();
        let (sum, carries) = sum.overflowing_add(added);
        low.store(sum, Ordering::Release);
        if carries || above > 0 {
            let above = above + u64::from(carries);
            high.store(high.load(Ordering::Relaxed).wrapping_add(above), Ordering::Release);
        }
    } else {
        let sum = f64::from_bits(sum) + f64::from_bits(bits);
        low.store(sum.to_bits(), Ordering::Release);
    }
    sequence.store(before.wrapping_add(2), Ordering::Release);
    true
}

/// Copies the block as it was between two observations. `copy` is as long as the block.
pub(super) fn read(block: &[AtomicU64], copy: &mut [u64]) {
    let Some(sequence) = block.first() else { return };
    let mut tries = 0u32;
    loop {
        let before = sequence.load(Ordering::Acquire);
        if before % 2 == 0 {
            for (copy, cell) in std::iter::zip(&mut *copy, block).skip(1) {
                *copy = cell.load(Ordering::Acquire);
            }
            if sequence.load(Ordering::Relaxed) == before {
                return;
            }
        }
        tries += 1;
        if tries < 100 { spin_loop() } else { yield_now() }
    }
}

/// Adds a copied block to a total of the same layout.
pub(super) fn add(total: &mut [u64], copy: &[u64], is_integral: bool) {
    let ([_, low, high, buckets @ ..], [_, other_low, other_high, other_buckets @ ..]) =
        (total, copy)
    else {
        return;
    };
    if is_integral {
        let carries;
        (*low, carries) = low.overflowing_add(*other_low);
        *high = high.wrapping_add(*other_high).wrapping_add(u64::from(carries));
    } else {
        *low = (f64::from_bits(*low) + f64::from_bits(*other_low)).to_bits();
    }
    for (bucket, other) in std::iter::zip(buckets, other_buckets) {
        *bucket = bucket.wrapping_add(*other);
    }
}
