//! The buckets and the sum of one histogram, which a reader sees in step.

use std::hint;
use std::marker::PhantomData;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::cell::add_bits;
use crate::naming::bound_bits;
use crate::number::Number;
use crate::unit::Representation;

/// Set in `started` while the second half is the hot one.
const HOT: u64 = 1 << 63;

/// Two halves, as in client_golang's histogram: observers write into the hot one, and a reader
/// makes the other one hot, waits until those who were inside are out, and then reads a half that
/// nobody writes. So a reader sees bucket and sum of an observation together or not at all, and
/// no observer ever waits.
pub(crate) struct HistogramCells<R> {
    /// Upper bounds as the representation stores them.
    bounds: Box<[u64]>,
    /// Observations ever started; the top bit says which half is hot.
    started: AtomicU64,
    halves: [Half; 2],
    reader: Mutex<()>,
    representation: PhantomData<R>,
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

impl<R: Representation> HistogramCells<R> {
    pub(crate) fn new(bounds: &[f64]) -> Self {
        HistogramCells {
            bounds: bounds.iter().map(|bound| bound_bits(*bound, R::SCALE)).collect(),
            started: AtomicU64::new(0),
            halves: [Half::new(bounds.len() + 1), Half::new(bounds.len() + 1)],
            reader: Mutex::new(()),
            representation: PhantomData,
        }
    }

    /// Counts one observation of what `bits` stand for.
    #[inline]
    pub(crate) fn observe(&self, bits: u64) {
        let bucket = self.bucket_of(bits);
        let half = self.half(self.started.fetch_add(1, Ordering::Acquire));
        half.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        if add_bits::<R>(&half.sum, bits) {
            half.carries.fetch_add(1, Ordering::Relaxed);
        }
        half.finished.fetch_add(1, Ordering::Release);
    }

    /// The first bucket whose bound is not below the amount. NaN is below no bound.
    #[inline]
    fn bucket_of(&self, bits: u64) -> usize {
        if R::INTEGRAL {
            self.bounds.iter().filter(|bound| bits > **bound).count()
        } else {
            let amount = f64::from_bits(bits);
            let is_within = |bound: &u64| amount <= f64::from_bits(*bound);
            self.bounds.iter().filter(|bound| !is_within(bound)).count()
        }
    }

    fn half(&self, started: u64) -> &Half {
        &self.halves[usize::from(started & HOT != 0)]
    }

    /// Adds every bucket to `counts`, in order, and returns the sum. `counts` has one entry per
    /// bound and one for `+Inf`.
    pub(crate) fn read(&self, counts: &mut [u64]) -> Number {
        let _alone = self.reader.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // Adding the top bit flips it and carries nowhere.
        let before = self.started.fetch_add(HOT, Ordering::AcqRel);
        let (cold, hot) = (self.half(before), self.half(before ^ HOT));
        let started = before & !HOT;
        let mut tries = 0u32;
        while cold.finished.load(Ordering::Acquire) != started {
            tries += 1;
            if tries < 100 { hint::spin_loop() } else { thread::yield_now() }
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

    pub(crate) fn buckets(&self) -> usize {
        self.bounds.len() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::{Fractional, Nanoseconds, Whole};

    fn read<R: Representation>(cells: &HistogramCells<R>) -> (Vec<u64>, Number) {
        let mut counts = vec![0; cells.buckets()];
        let sum = cells.read(&mut counts);
        (counts, sum)
    }

    #[test]
    fn a_bound_is_inclusive() {
        let cells = HistogramCells::<Whole>::new(&[1.0, 5.0]);
        [0, 1, 2, 5, 6].into_iter().for_each(|amount| cells.observe(amount));
        assert_eq!(read(&cells), (vec![2, 2, 1], Number::Whole(14)));
    }

    #[test]
    fn reading_takes_nothing_away() {
        let cells = HistogramCells::<Whole>::new(&[1.0]);
        for round in 1..=5 {
            cells.observe(1);
            assert_eq!(read(&cells), (vec![round, 0], Number::Whole(round.into())));
        }
    }

    #[test]
    fn a_sum_carries_past_64_bits() {
        let cells = HistogramCells::<Nanoseconds>::new(&[1.0]);
        for _ in 0..3 {
            cells.observe(u64::MAX);
            read(&cells);
        }
        let sum = 3 * u128::from(u64::MAX);
        assert_eq!(read(&cells), (vec![0, 3], Number::Nanoseconds(sum)));
    }

    #[test]
    fn nan_is_counted_in_inf_only() {
        let cells = HistogramCells::<Fractional>::new(&[0.0, 1.0]);
        cells.observe(f64::NAN.to_bits());
        cells.observe((-0.0f64).to_bits());
        let (counts, sum) = read(&cells);
        assert_eq!(counts, [1, 0, 1]);
        assert!(sum.as_f64().is_nan());
    }

    #[test]
    fn bucket_and_sum_are_seen_together_while_observers_run() {
        let cells = HistogramCells::<Whole>::new(&[1.0, 2.0]);
        let each = 200_000u64;
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..each).for_each(|i| cells.observe(i % 3 + 1)));
            }
            let mut last = 0;
            while last < 4 * each {
                let (counts, sum) = read(&cells);
                let count: u64 = counts.iter().sum();
                let Number::Whole(sum) = sum else { panic!("whole") };
                let expected = counts[0] + 2 * counts[1] + 3 * counts[2];
                assert_eq!(sum, u128::from(expected));
                assert!(count >= last);
                last = count;
            }
        });
    }
}
