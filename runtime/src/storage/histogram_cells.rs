//! The buckets and the sum of one histogram, which a reader sees in step.

use super::shared::add_bits;
use crate::number::Number;
use crate::sync::{AtomicU64, Mutex, Ordering, spin_loop, yield_now};
use crate::unit::Representation;

/// Set in `started` while the second half is the hot one.
const HOT: u64 = 1 << 63;

/// Two halves, as in client_golang's histogram: observers write into the hot one, and a reader
/// makes the other one hot, waits until those who were inside are out, and then reads a half that
/// nobody writes. So a reader sees bucket and sum of an observation together or not at all, and
/// no observer ever waits.
pub(crate) struct HistogramCells {
    /// Observations ever started; the top bit says which half is hot.
    started: AtomicU64,
    halves: [Half; 2],
    reader: Mutex<()>,
}

/// Half of the cells.
struct Half {
    /// Observations finished in this half.
    finished: AtomicU64,
    /// The lower 64 bits of the sum, or a float.
    sum: AtomicU64,
    /// How often `sum` went past 2^64.
    carries: AtomicU64,
    /// One per bound, and `+Inf`. Not cumulative.
    buckets: Box<[AtomicU64]>,
}

impl Half {
    fn new(buckets: usize) -> Self {
        Half {
            finished: AtomicU64::new(0),
            sum: AtomicU64::new(0),
            carries: AtomicU64::new(0),
            buckets: (0..buckets).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl HistogramCells {
    /// Room for that many buckets, `+Inf` included.
    pub(crate) fn new(buckets: usize) -> Self {
        HistogramCells {
            started: AtomicU64::new(0),
            halves: [Half::new(buckets), Half::new(buckets)],
            reader: Mutex::new(()),
        }
    }

    /// Counts one observation of what `bits` stand for. Nothing is counted if there is no such
    /// bucket.
    #[inline]
    pub(crate) fn observe<R: Representation>(&self, bucket: usize, bits: u64) {
        let half = self.half(self.started.fetch_add(1, Ordering::Acquire));
        if let Some(bucket) = half.buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        if add_bits::<R>(&half.sum, bits) {
            half.carries.fetch_add(1, Ordering::Relaxed);
        }
        half.finished.fetch_add(1, Ordering::Release);
    }

    fn half(&self, started: u64) -> &Half {
        &self.halves[usize::from(started & HOT != 0)]
    }

    /// Adds every bucket to `counts`, in order, and returns the sum. `counts` has one entry per
    /// bound and one for `+Inf`.
    pub(crate) fn read<R: Representation>(&self, counts: &mut [u64]) -> Number {
        let _alone = self.reader.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // Adding the top bit flips it and carries nowhere.
        let before = self.started.fetch_add(HOT, Ordering::AcqRel);
        let (cold, hot) = (self.half(before), self.half(before ^ HOT));
        let started = before & !HOT;
        let mut tries = 0u32;
        while cold.finished.load(Ordering::Acquire) != started {
            tries += 1;
            if tries < 100 { spin_loop() } else { yield_now() }
        }
        // The cold half is now ours. What is in it moves to the hot one, which so stays complete.
        for (index, bucket) in cold.buckets.iter().enumerate() {
            let count = bucket.swap(0, Ordering::Relaxed);
            hot.buckets[index].fetch_add(count, Ordering::Relaxed);
            counts[index] = counts[index].wrapping_add(count);
        }
        let sum = cold.sum.swap(0, Ordering::Relaxed);
        let mut carries = cold.carries.swap(0, Ordering::Relaxed);
        let bits = u128::from(carries) << 64 | u128::from(sum);
        if add_bits::<R>(&hot.sum, sum) {
            carries += 1;
        }
        hot.carries.fetch_add(carries, Ordering::Relaxed);
        cold.finished.store(0, Ordering::Relaxed);
        hot.finished.fetch_add(started, Ordering::Release);
        R::sum(bits)
    }
}

#[cfg(all(test, not(loom)))]
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
            cells.observe::<Whole>(0, 1);
            assert_eq!(read::<Whole>(&cells, 2), (vec![round, 0], Number::Whole(round.into())));
        }
    }

    #[test]
    fn a_sum_carries_past_64_bits() {
        let cells = HistogramCells::new(1);
        for _ in 0..3 {
            cells.observe::<Nanoseconds>(0, u64::MAX);
            read::<Nanoseconds>(&cells, 1);
        }
        let sum = 3 * u128::from(u64::MAX);
        assert_eq!(read::<Nanoseconds>(&cells, 1), (vec![3], Number::Nanoseconds(sum)));
    }

    #[test]
    fn bucket_and_sum_are_seen_together_while_observers_run() {
        let cells = HistogramCells::new(3);
        let each = 200_000u64;
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..each).for_each(|i| cells.observe::<Whole>(i as usize % 3, i % 3 + 1));
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
