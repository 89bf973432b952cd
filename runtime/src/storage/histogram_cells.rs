//! The buckets and the sum of one histogram that any thread may update.

use super::block::{self, NotCounted, Observation, Weight};
use super::{enter, is_inside};
use crate::number::Number;
use crate::place::{Shape, split_copy};
use crate::sync::{AtomicU64, OnceBox, spin_loop, yield_now};
use crate::unit::Representation;

/// A list of blocks, each written by one thread at a time. Usually there is one block, and it is
/// free: an observation is then one locked instruction. A thread that finds a block occupied goes
/// on to the next one, and adds a block after the last. So no thread waits for one that was
/// preempted or did not survive a fork. A reader adds the blocks up, and sees each observation as a
/// whole or not at all.
#[derive(Debug)]
pub struct HistogramCells {
    block: Box<[AtomicU64]>,
    next: OnceBox<HistogramCells>,
}

/// The largest number of blocks. With all of them occupied, a further thread waits for a free one.
const MAX_BLOCKS: usize = 64;

/// The number of tries to enter the last block before another one is added: an observation takes
/// only a few nanoseconds.
const SPINS: usize = 16;

/// The number of passes over all blocks before an observation is given up. All of them would have
/// to be occupied by threads that stand still.
const ROUNDS: usize = 10_000;

impl HistogramCells {
    /// Creates cells for `buckets` buckets, `+Inf` included.
    pub(crate) fn new(buckets: usize) -> Self {
        let cells = Shape::histogram_len(buckets);
        let block = (0..cells).map(|_| AtomicU64::new(0)).collect();
        HistogramCells { block, next: OnceBox::new() }
    }

    /// Counts an observation. Returns `false` if there is no such bucket, or if every block is
    /// occupied by a thread that stands still.
    #[inline]
    pub(crate) fn observe<R: Representation>(&self, seen: Observation<impl Weight>) -> bool {
        match block::observe_in_turn::<R>(&self.block, seen) {
            Ok(()) => true,
            Err(NotCounted::NoBucket) => false,
            Err(NotCounted::Occupied) => self.observe_elsewhere::<R>(seen),
        }
    }

    /// Counts an observation while another thread occupies the first block.
    #[cold]
    #[inline(never)]
    fn observe_elsewhere<R: Representation>(&self, seen: Observation<impl Weight>) -> bool {
        let is_counted =
            |cells: &HistogramCells| block::observe_in_turn::<R>(&cells.block, seen).is_ok();
        for round in 0..ROUNDS {
            let mut last = self;
            let mut blocks = 1;
            while let Some(next) = last.next.get() {
                if is_counted(next) {
                    return true;
                }
                last = next;
                blocks += 1;
            }
            for _ in 0..SPINS {
                if is_counted(last) {
                    return true;
                }
                spin_loop();
            }
            // An allocator that updates metrics may have called this.
            if blocks < MAX_BLOCKS && !is_inside() {
                let _inside = enter();
                let buckets = self.block.len() - Shape::histogram_len(0);
                last.next.get_or_init(|| Box::new(HistogramCells::new(buckets)));
            } else if round > 0 {
                yield_now();
            }
            if is_counted(self) {
                return true;
            }
        }
        false
    }

    fn blocks(&self) -> impl Iterator<Item = &[AtomicU64]> {
        std::iter::successors(Some(self), |cells| cells.next.get()).map(|cells| &*cells.block)
    }

    /// Returns how many observations were ever counted, roughly: a reset counts as one more.
    pub(crate) fn observations(&self) -> u64 {
        self.blocks().map(block::observations).fold(0, u64::wrapping_add)
    }

    /// Discards all observations, except in a block whose thread stands still.
    pub(crate) fn reset(&self) {
        for block in self.blocks() {
            let mut tries = 0..ROUNDS;
            while tries.next().is_some() && !block::clear(block) {
                yield_now();
            }
        }
    }

    /// Adds every bucket to `counts`, in order, and returns the sum. `counts` has one entry per
    /// bound and one for `+Inf`.
    pub(crate) fn read<R: Representation>(&self, counts: &mut [u64]) -> Number {
        // A block of usual size is read without an allocation.
        let (mut few, mut many) = ([0; 32], Vec::new());
        let len = block::copy_len(self.block.len());
        let copy = match few.get_mut(..len) {
            Some(few) => few,
            None => {
                many.resize(len, 0);
                &mut many[..]
            }
        };
        let mut sum = R::sum(0);
        for block in self.blocks() {
            block::read(block, copy);
            if let Some((bits, buckets)) = split_copy(copy) {
                sum = sum.plus(R::sum(bits));
                for (count, bucket) in std::iter::zip(&mut *counts, buckets) {
                    *count = count.wrapping_add(*bucket);
                }
            }
        }
        sum
    }
}

#[cfg(all(test, not(measurand_loom)))]
mod tests {
    use std::thread;

    use super::*;
    use crate::unit::{Nanoseconds, Whole};

    fn read<R: Representation>(cells: &HistogramCells, buckets: usize) -> (Vec<u64>, Number) {
        let mut counts = vec![0; buckets];
        let sum = cells.read::<R>(&mut counts);
        (counts, sum)
    }

    #[test]
    fn reading_takes_nothing_away() {
        let cells = HistogramCells::new(2);
        for round in 1..=5 {
            cells.observe::<Whole>(Observation::new(0, 1));
            assert_eq!(read::<Whole>(&cells, 2), (vec![round, 0], Number::Whole(round.into())));
        }
    }

    #[test]
    fn a_sum_carries_past_64_bits() {
        let cells = HistogramCells::new(1);
        for _ in 0..3 {
            cells.observe::<Nanoseconds>(Observation::new(0, u64::MAX));
            read::<Nanoseconds>(&cells, 1);
        }
        let sum = 3 * u128::from(u64::MAX);
        assert_eq!(read::<Nanoseconds>(&cells, 1), (vec![3], Number::Nanoseconds(sum)));
    }

    #[test]
    fn what_is_cleared_starts_at_zero() {
        let cells = HistogramCells::new(100);
        for _ in 0..3 {
            cells.observe::<Whole>(Observation::new(77, u64::MAX));
        }
        cells.reset();
        assert_eq!(read::<Whole>(&cells, 100), (vec![0; 100], Number::Whole(0)));
        cells.observe::<Whole>(Observation::new(99, 3));
        let (counts, sum) = read::<Whole>(&cells, 100);
        assert_eq!((counts.iter().sum::<u64>(), counts[99], sum), (1, 1, Number::Whole(3)));
    }

    #[test]
    fn a_bucket_that_is_not_there_counts_nowhere() {
        let cells = HistogramCells::new(2);
        assert!(!cells.observe::<Whole>(Observation::new(2, 1)));
        assert_eq!(read::<Whole>(&cells, 2), (vec![0, 0], Number::Whole(0)));
    }

    #[test]
    fn bucket_and_sum_are_seen_together_while_observers_run() {
        let cells = HistogramCells::new(3);
        let each = 200_000u64;
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..each).for_each(|i| {
                        let seen = Observation::new(i as usize % 3, i % 3 + 1);
                        assert!(cells.observe::<Whole>(seen));
                    });
                });
            }
            let mut last = 0;
            while last < 4 * each {
                let (counts, sum) = read::<Whole>(&cells, 3);
                let count: u64 = counts.iter().sum();
                let expected = counts[0] + 2 * counts[1] + 3 * counts[2];
                assert_eq!(sum, Number::Whole(expected.into()));
                assert!(count >= last);
                last = count;
            }
        });
    }
}
