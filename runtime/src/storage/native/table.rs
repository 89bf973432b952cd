//! The counts of a native histogram's block, for one resolution and one number of buckets.

use super::bounds::coarser;
use super::options::NativeOptions;
use super::resolution::{Bucket, Key, Resolution};
use crate::sync::{AtomicU64, Ordering};
use crate::unit::Representation;

/// Counts by bucket, found by hashing. One thread at a time writes, and others read meanwhile.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) resolution: AtomicU64,
    /// The zero threshold's bits, and how much coarser than the finest schema this is.
    threshold: AtomicU64,
    coarseness: AtomicU64,
    /// How many observations of the block were reset before this.
    pub(super) base: AtomicU64,
    /// How many slots are taken, and how many buckets are populated, the zero bucket not counted.
    used: AtomicU64,
    populated: AtomicU64,
    /// Two sums of 128 bits, of which the lower half may be a float: of an even number of the
    /// block's observations, and of an odd one.
    sums: [[AtomicU64; 2]; 2],
    slots: Box<[Slot]>,
    /// How far a hash is shifted to become a place among them.
    shift: u32,
}

/// A bucket, with the classic one beside it, and how many observations are in both.
#[derive(Debug)]
pub(super) struct Slot {
    /// 0 where nothing is yet.
    pub(super) key: AtomicU64,
    pub(super) count: AtomicU64,
}

/// A value, as far as it is known without a resolution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NativeObservation {
    /// The value's bits as a float in the base unit, without the sign; of nanoseconds it is only
    /// [`NEAR`](super::bounds::NEAR) to that.
    pub(super) magnitude: u64,
    pub(super) is_negative: bool,
    /// Its index in the finest schema, if it is neither 0 nor NaN.
    pub(super) fine: i32,
    pub(super) classic: u32,
    /// The value as its unit stores it.
    pub(super) bits: u64,
}

/// Where a key is.
pub(super) enum Found<'a> {
    Taken(&'a Slot),
    /// It is not there, and would be here; whether its bucket is, with another classic one.
    Free(&'a Slot, bool),
    Full,
}

/// How many slots the smallest table has. Each level has four times as many as the one before.
const SMALLEST: usize = if cfg!(measurand_loom) { 4 } else { 16 };

/// Levels of tables. The last would hold thousands of classic buckets beside the native ones.
pub(super) const LEVELS: usize = if cfg!(measurand_loom) { 2 } else { 8 };

impl Table {
    /// An empty one.
    pub(super) fn new(level: usize) -> Table {
        let zero = || AtomicU64::new(0);
        let len = SMALLEST << (2 * level);
        Table {
            resolution: zero(),
            threshold: zero(),
            coarseness: zero(),
            base: zero(),
            used: zero(),
            populated: zero(),
            sums: [[zero(), zero()], [zero(), zero()]],
            slots: (0..len).map(|_| Slot { key: zero(), count: zero() }).collect(),
            shift: u64::BITS - len.trailing_zeros(),
        }
    }

    /// What a value counts as in this table.
    #[inline]
    pub(super) fn key_of<R: Representation>(&self, seen: &NativeObservation) -> Key {
        let threshold = self.threshold.load(Ordering::Relaxed);
        let bucket = if seen.is_within::<R>(threshold) {
            Bucket::ZERO
        } else if seen.magnitude > f64::INFINITY.to_bits() {
            Bucket::NAN
        } else {
            let coarseness = self.coarseness.load(Ordering::Relaxed) as u32 & 15;
            Bucket::regular(coarser(seen.fine, coarseness), seen.is_negative)
        };
        Key { bucket, classic: seen.classic }
    }

    #[inline]
    pub(super) fn find(&self, key: Key) -> Found<'_> {
        let (bits, mut is_shared) = (key.to_bits(), false);
        let mask = self.slots.len().wrapping_sub(1);
        // Fibonacci hashing: neighbours are far from each other.
        let hash = u64::from(key.bucket.0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (hash >> self.shift) as usize;
        for _ in 0..self.slots.len() {
            let Some(slot) = self.slots.get(at & mask) else { break };
            match slot.key.load(Ordering::Relaxed) {
                found if found == bits => return Found::Taken(slot),
                0 => return Found::Free(slot, is_shared),
                // All that have one bucket start looking at one place, so it is on the way.
                found => is_shared |= Key::from_bits(found).bucket == key.bucket,
            }
            at = at.wrapping_add(1);
        }
        Found::Full
    }

    /// How many of its buckets are populated.
    pub(super) fn populated(&self) -> usize {
        self.populated.load(Ordering::Relaxed) as usize
    }

    /// Whether one more may be taken, so that looking stays short.
    pub(super) fn has_room(&self) -> bool {
        let used = self.used.load(Ordering::Relaxed) as usize;
        4 * (used + 1) <= 3 * self.slots.len()
    }

    /// Takes a slot that is free.
    pub(super) fn take(&self, slot: &Slot, key: Key, is_shared: bool) {
        slot.key.store(key.to_bits(), Ordering::Release);
        add(&self.used, 1);
        add(&self.populated, u64::from(key.bucket.index().is_some() && !is_shared));
    }

    /// How many slots it has.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Every bucket that is populated, or was not yet counted in.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| slot.key.load(Ordering::Relaxed) != 0)
    }

    /// Every slot, for a reader beside a writer.
    pub(super) fn all_slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The bits of the sum of so many observations.
    pub(super) fn sum(&self, count: u64) -> u128 {
        let [low, high] = self.sum_of(count);
        let [low, high] = [low, high].map(|half| u128::from(half.load(Ordering::Acquire)));
        high << 64 | low
    }

    /// Adds to a bucket's count, after so many observations of the block, and to the sum.
    #[inline]
    pub(super) fn count<R: Representation>(&self, slot: &Slot, before: u64, bits: u64) {
        let [low, high] = self.sum_of(before).map(|half| half.load(Ordering::Relaxed));
        let (low, carries) = if R::INTEGRAL {
            low.overflowing_add(bits)
        } else {
            ((f64::from_bits(low) + f64::from_bits(bits)).to_bits(), false)
        };
        let [next_low, next_high] = self.sum_of(before.wrapping_add(1));
        next_low.store(low, Ordering::Release);
        next_high.store(high.wrapping_add(u64::from(carries)), Ordering::Release);
        let count = slot.count.load(Ordering::Relaxed);
        slot.count.store(count.wrapping_add(1), Ordering::Release);
    }

    #[inline]
    fn sum_of(&self, count: u64) -> [&AtomicU64; 2] {
        let [low, high] = &self.sums[(count % 2) as usize];
        [low, high]
    }

    /// Makes this table what `source` is in another resolution of the same epoch, or empty. False if
    /// it is too small, which leaves it as it may be.
    pub(super) fn fill(
        &self,
        source: Option<&Table>,
        resolution: Resolution,
        base: u64,
        options: &NativeOptions,
    ) -> bool {
        let store = |cell: &AtomicU64, value| cell.store(value, Ordering::Release);
        for slot in &self.slots {
            store(&slot.key, 0);
            store(&slot.count, 0);
        }
        store(&self.resolution, resolution.to_bits());
        store(&self.threshold, resolution.zero_threshold(options).to_bits());
        store(&self.coarseness, resolution.coarseness(options).into());
        store(&self.used, 0);
        store(&self.populated, 0);
        for (index, sum) in self.sums.iter().flatten().enumerate() {
            let of_source = source.and_then(|source| source.sums.iter().flatten().nth(index));
            store(sum, of_source.map_or(0, |sum| sum.load(Ordering::Relaxed)));
        }
        store(&self.base, source.map_or(base, |source| source.base.load(Ordering::Relaxed)));
        let Some(source) = source else { return true };
        let from = Resolution::from_bits(source.resolution.load(Ordering::Relaxed));
        for slot in source.slots() {
            let key = Key::from_bits(slot.key.load(Ordering::Relaxed));
            let key = Key { bucket: from.moved(key.bucket, &resolution), ..key };
            let to = match self.find(key) {
                Found::Taken(to) => to,
                Found::Free(to, is_shared) => {
                    self.take(to, key, is_shared);
                    to
                }
                Found::Full => return false,
            };
            let count = slot.count.load(Ordering::Relaxed);
            store(&to.count, to.count.load(Ordering::Relaxed).wrapping_add(count));
        }
        true
    }

    /// How many buckets would be populated with one more, and how near to 0 the nearest is.
    pub(super) fn populated_with(&self, bucket: Bucket) -> (usize, Option<i32>) {
        let is_there = self.slots().any(|slot| bucket_of(slot) == bucket);
        let is_new = bucket.index().is_some() && !is_there;
        let indices = self.slots().filter_map(|slot| bucket_of(slot).index());
        (self.populated() + usize::from(is_new), indices.chain(bucket.index()).min())
    }
}

fn bucket_of(slot: &Slot) -> Bucket {
    Key::from_bits(slot.key.load(Ordering::Relaxed)).bucket
}

fn add(cell: &AtomicU64, amount: u64) {
    cell.store(cell.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
}
