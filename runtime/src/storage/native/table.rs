//! The counts of a block of a native histogram, for one resolution and one number of slots.

use super::bounds::coarser;
use super::options::NativeOptions;
use super::resolution::{BucketCode, Resolution, TableKey};
use crate::sync::{AtomicU64, Ordering};
use crate::unit::Representation;

/// A hash table of counts by bucket. One thread at a time writes, and others read meanwhile.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) resolution: AtomicU64,
    /// The bits of the zero threshold, and the halvings from the finest schema.
    threshold: AtomicU64,
    coarseness: AtomicU64,
    /// The number of the block's observations that were reset before this table.
    pub(super) base: AtomicU64,
    /// The number of taken slots, and of populated buckets without the zero bucket.
    used: AtomicU64,
    populated: AtomicU64,
    /// Two sums of 128 bits, whose lower half may be a float: the first after an even number of the
    /// block's observations, the second after an odd one.
    sums: [[AtomicU64; 2]; 2],
    slots: Box<[TableSlot]>,
    /// The shift that turns a hash into the index of a slot.
    shift: u32,
}

/// A bucket, a classic bucket, and the number of observations in both.
#[derive(Debug)]
pub(super) struct TableSlot {
    /// 0 in a free slot.
    pub(super) key: AtomicU64,
    pub(super) count: AtomicU64,
}

/// What is known of a value without a resolution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NativeObservation {
    /// The bits of the value as a float in the base unit, without the sign; for nanoseconds only
    /// [`NEAR`](super::bounds::NEAR) to that.
    pub(super) magnitude: u64,
    pub(super) is_negative: bool,
    /// The index in the finest schema, if the value is neither 0 nor NaN.
    pub(super) fine: i32,
    pub(super) classic: u32,
    /// The value as its unit stores it.
    pub(super) bits: u64,
}

/// The result of looking up a key.
pub(super) enum Lookup<'a> {
    Taken(&'a TableSlot),
    /// The key is not there, and would be in this slot. `true` if its bucket is there with another
    /// classic bucket.
    Free(&'a TableSlot, bool),
    Full,
}

/// The number of slots of the smallest table. Each level has four times as many as the one before.
const SMALLEST: usize = if cfg!(measurand_loom) { 4 } else { 16 };

/// The number of sizes of tables. The largest has room for thousands of classic buckets beside the
/// native ones.
pub(super) const LEVELS: usize = if cfg!(measurand_loom) { 2 } else { 8 };

impl Table {
    /// Creates an empty table.
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
            slots: (0..len).map(|_| TableSlot { key: zero(), count: zero() }).collect(),
            shift: u64::BITS - len.trailing_zeros(),
        }
    }

    /// Returns the key that a value has in this table.
    #[inline]
    pub(super) fn key_of<R: Representation>(&self, seen: &NativeObservation) -> TableKey {
        let threshold = self.threshold.load(Ordering::Relaxed);
        let bucket = if seen.is_within::<R>(threshold) {
            BucketCode::ZERO
        } else if seen.magnitude > f64::INFINITY.to_bits() {
            BucketCode::NAN
        } else {
            let coarseness = self.coarseness.load(Ordering::Relaxed) as u32 & 15;
            BucketCode::regular(coarser(seen.fine, coarseness), seen.is_negative)
        };
        TableKey { bucket, classic: seen.classic }
    }

    #[inline]
    pub(super) fn find(&self, key: TableKey) -> Lookup<'_> {
        let (bits, mut is_shared) = (key.to_bits(), false);
        let mask = self.slots.len().wrapping_sub(1);
        // Fibonacci hashing: neighbouring buckets are far from each other.
        let hash = u64::from(key.bucket.0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (hash >> self.shift) as usize;
        for _ in 0..self.slots.len() {
            let Some(slot) = self.slots.get(at & mask) else { break };
            match slot.key.load(Ordering::Relaxed) {
                found if found == bits => return Lookup::Taken(slot),
                0 => return Lookup::Free(slot, is_shared),
                // All keys of a bucket start at the same slot, so a shared bucket is on the way.
                found => is_shared |= TableKey::from_bits(found).bucket == key.bucket,
            }
            at = at.wrapping_add(1);
        }
        Lookup::Full
    }

    /// Returns the number of populated buckets.
    pub(super) fn populated(&self) -> usize {
        self.populated.load(Ordering::Relaxed) as usize
    }

    /// Returns whether one more slot may be taken, so that searches stay short.
    pub(super) fn has_room(&self) -> bool {
        let used = self.used.load(Ordering::Relaxed) as usize;
        4 * (used + 1) <= 3 * self.slots.len()
    }

    /// Takes a free slot.
    pub(super) fn take(&self, slot: &TableSlot, key: TableKey, is_shared: bool) {
        slot.key.store(key.to_bits(), Ordering::Release);
        add(&self.used, 1);
        add(&self.populated, u64::from(key.bucket.index().is_some() && !is_shared));
    }

    /// Returns the number of slots.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns all taken slots.
    pub(super) fn slots(&self) -> impl Iterator<Item = &TableSlot> {
        self.slots.iter().filter(|slot| slot.key.load(Ordering::Relaxed) != 0)
    }

    /// Returns all slots, for a reader beside a writer.
    pub(super) fn all_slots(&self) -> &[TableSlot] {
        &self.slots
    }

    /// Returns the bits of the sum of the block's first `count` observations.
    pub(super) fn sum(&self, count: u64) -> u128 {
        let [low, high] = self.sum_of(count);
        let [low, high] = [low, high].map(|half| u128::from(half.load(Ordering::Acquire)));
        high << 64 | low
    }

    /// Adds to the count of a slot and to the sum, after `before` observations of the block.
    #[inline]
    pub(super) fn count<R: Representation>(&self, slot: &TableSlot, before: u64, bits: u64) {
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

    /// Fills this table with the counts of `source`, converted to a later resolution of the same
    /// epoch, or empties it. Returns `false` if the table is too small, which leaves it half
    /// filled.
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
            let key = TableKey::from_bits(slot.key.load(Ordering::Relaxed));
            let key = TableKey { bucket: from.moved(key.bucket, &resolution), ..key };
            let to = match self.find(key) {
                Lookup::Taken(to) => to,
                Lookup::Free(to, is_shared) => {
                    self.take(to, key, is_shared);
                    to
                }
                Lookup::Full => return false,
            };
            let count = slot.count.load(Ordering::Relaxed);
            store(&to.count, to.count.load(Ordering::Relaxed).wrapping_add(count));
        }
        true
    }

    /// Returns how many buckets would be populated with `bucket` added, and the index nearest to 0.
    pub(super) fn populated_with(&self, bucket: BucketCode) -> (usize, Option<i32>) {
        let is_there = self.slots().any(|slot| bucket_of(slot) == bucket);
        let is_new = bucket.index().is_some() && !is_there;
        let indices = self.slots().filter_map(|slot| bucket_of(slot).index());
        (self.populated() + usize::from(is_new), indices.chain(bucket.index()).min())
    }
}

fn bucket_of(slot: &TableSlot) -> BucketCode {
    TableKey::from_bits(slot.key.load(Ordering::Relaxed)).bucket
}

fn add(cell: &AtomicU64, amount: u64) {
    cell.store(cell.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
}
