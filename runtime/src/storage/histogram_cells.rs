//! The buckets and the sum of one histogram, which a reader sees in step.

use super::block::{Observation, Weight};
use super::shared::add_bits;
use crate::number::Number;
use crate::sync::{AtomicU64, Mutex, Ordering, spin_loop, yield_now};
use crate::unit::Representation;

/// Set in `started` while the second half is the hot one.
const HOT: u64 = 1 << 63;

/// Two halves, as in client_golang's histogram: observers write into the hot one, and a reader
/// makes the other one hot, waits until those who were inside are out, and then empties a half
/// that nobody writes into the totals. So a reader sees bucket and sum of an observation together
/// or not at all, and no observer ever waits.
pub(crate) struct HistogramCells {
    /// Observations ever started; the top bit says which half is hot.
    started: AtomicU64,
    halves: [Half; 2],
    totals: Mutex<Totals>,
}

/// Half of the cells, with what was observed while it was hot.
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

/// What was taken out of the halves so far. Only readers come here.
struct Totals {
    /// Observations that were started before the last reading.
    started: u64,
    sum: Number,
    buckets: Box<[u64]>,
}

impl HistogramCells {
    /// Room for that many buckets, `+Inf` included.
    pub(crate) fn new<R: Representation>(buckets: usize) -> Self {
        let totals = Totals { started: 0, sum: R::sum(0), buckets: vec![0; buckets].into() };
        HistogramCells {
            started: AtomicU64::new(0),
            halves: [Half::new(buckets), Half::new(buckets)],
            totals: Mutex::new(totals),
        }
    }

    /// Counts one observation of what `bits` stand for. Nothing is counted if there is no such
    /// bucket.
    #[inline]
    pub(crate) fn observe<R: Representation>(&self, seen: Observation<impl Weight>) {
        let half = self.half(self.started.fetch_add(1, Ordering::Acquire));
        if let Some(bucket) = half.buckets.get(seen.bucket) {
            bucket.fetch_add(seen.weight.weight(), Ordering::Relaxed);
        }
        if R::INTEGRAL {
            let (added, above) = seen.sum();
            let carries = add_bits::<R>(&half.sum, added).checked_add(added).is_none();
            if carries || above > 0 {
                half.carries.fetch_add(above + u64::from(carries), Ordering::Relaxed);
            }
        } else {
            add_bits::<R>(&half.sum, seen.bits);
        }
        half.finished.fetch_add(1, Ordering::Release);
    }

    /// How many observations were ever started.
    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed) & !HOT
    }

    /// As if nothing had been observed so far.
    pub(crate) fn reset<R: Representation>(&self) {
        let buckets = self.halves[0].buckets.len();
        self.read::<R>(&mut vec![0; buckets]);
        let mut totals = self.totals.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        totals.buckets.fill(0);
        totals.sum = R::sum(0);
    }

    fn half(&self, started: u64) -> &Half {
        &self.halves[usize::from(started & HOT != 0)]
    }

    /// Adds every bucket to `counts`, in order, and returns the sum. `counts` has one entry per
    /// bound and one for `+Inf`.
    pub(crate) fn read<R: Representation>(&self, counts: &mut [u64]) -> Number {
        let mut totals = self.totals.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // Adding the top bit flips it and carries nowhere.
        let before = self.started.fetch_add(HOT, Ordering::AcqRel);
        let cold = self.half(before);
        let started = before & !HOT;
        // All that were started since the last reading went into this half.
        let inside = started - totals.started;
        let mut tries = 0u32;
        while cold.finished.load(Ordering::Acquire) != inside {
            tries += 1;
            if tries < 100 { spin_loop() } else { yield_now() }
        }
        totals.started = started;
        // The half is now ours. It is hot again only after the next flip, which releases this.
        cold.finished.store(0, Ordering::Relaxed);
        for (index, bucket) in cold.buckets.iter().enumerate() {
            totals.buckets[index] =
                totals.buckets[index].wrapping_add(bucket.load(Ordering::Relaxed));
            bucket.store(0, Ordering::Relaxed);
            counts[index] = counts[index].wrapping_add(totals.buckets[index]);
        }
        let sum = u128::from(cold.carries.load(Ordering::Relaxed)) << 64
            | u128::from(cold.sum.load(Ordering::Relaxed));
        cold.carries.store(0, Ordering::Relaxed);
        cold.sum.store(0, Ordering::Relaxed);
        totals.sum = totals.sum.plus(R::sum(sum));
        totals.sum
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
        let cells = HistogramCells::new::<Whole>(2);
        for round in 1..=5 {
            cells.observe::<Whole>(Observation::new(0, 1));
            assert_eq!(read::<Whole>(&cells, 2), (vec![round, 0], Number::Whole(round.into())));
        }
    }

    #[test]
    fn a_sum_carries_past_64_bits() {
        let cells = HistogramCells::new::<Nanoseconds>(1);
        for _ in 0..3 {
            cells.observe::<Nanoseconds>(Observation::new(0, u64::MAX));
            read::<Nanoseconds>(&cells, 1);
        }
        let sum = 3 * u128::from(u64::MAX);
        assert_eq!(read::<Nanoseconds>(&cells, 1), (vec![3], Number::Nanoseconds(sum)));
    }

    #[test]
    fn bucket_and_sum_are_seen_together_while_observers_run() {
        let cells = HistogramCells::new::<Whole>(3);
        let each = 200_000u64;
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..each).for_each(|i| {
                        cells.observe::<Whole>(Observation::new(i as usize % 3, i % 3 + 1));
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
