//! Sketches of recent observations, from which quantiles are read.
//!
//! A window is a ring of ages, each with a sketch of the observations made while it was the current
//! one. An observation updates a single sketch, and old observations leave with their age. The
//! sketch is REQ: Cormode, Karnin, Liberty, Thaler and Veselý, "Relative Error Streaming Quantiles"
//! (PODS 2021), whose error is small for ranks near one end.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use datasketches::req::{RankAccuracy, ReqFloat, ReqSketch};
use once_cell::race::OnceBox;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{enter, is_inside};
use crate::process;

/// The parameters of the sketches of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SketchShape {
    /// The size of the sketches: roughly the number of items per level.
    k: u16,
    accuracy: RankAccuracy,
    /// The length of an age.
    age: Duration,
    ages: usize,
}

impl SketchShape {
    /// Returns the shape that keeps each quantile within its error, over a window of `ages` ages.
    pub(crate) fn of(quantiles: &[(f64, f64)], max_age: Duration, ages: u32) -> SketchShape {
        let (low, high) = (least_k(quantiles, false), least_k(quantiles, true));
        let (k, accuracy) = match high <= low {
            true => (high, RankAccuracy::HighRank),
            false => (low, RankAccuracy::LowRank),
        };
        let age = (max_age / ages.max(1)).max(Duration::from_millis(1));
        SketchShape { k, accuracy, age, ages: ages.max(1) as usize }
    }
}

/// The standard deviation of a rank according to `datasketches`: the first constant divided by `k`,
/// times the distance of the rank from the accurate end, but at most the second divided by `k`.
const RELATIVE_DEVIATION: f64 = 0.130_64;
const FIXED_DEVIATION: f64 = 0.084;

/// The number of standard deviations allowed. A rank is off by more once in 15,787 times.
const DEVIATIONS: f64 = 4.0;

/// The smallest `k`. A smaller one would often be accurate enough, but saves little.
const LEAST_K: u16 = 12;

/// The largest `k` that a sketch accepts.
const MOST_K: u16 = 1_024;

/// Returns the smallest `k` that keeps all quantiles within their errors, with either high or low
/// ranks accurate.
fn least_k(quantiles: &[(f64, f64)], is_high: bool) -> u16 {
    let of_one = |(quantile, error): &(f64, f64)| {
        let distance = if is_high { 1.0 - quantile } else { *quantile };
        let deviation = (RELATIVE_DEVIATION * distance).min(FIXED_DEVIATION);
        DEVIATIONS * deviation / error.max(f64::MIN_POSITIVE)
    };
    let least = quantiles.iter().map(of_one).fold(f64::from(LEAST_K), f64::max);
    // `k` must be even.
    let even = (least / 2.0).ceil() * 2.0;
    if even >= f64::from(MOST_K) { MOST_K } else { even as u16 }
}

/// Recent observations, each with its weight.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    pub(crate) values: Vec<(f64, u64)>,
    /// The smallest and the largest value.
    pub(crate) extremes: Option<(f64, f64)>,
}

impl Observed {
    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.extremes = None;
    }

    /// Sorts the values, which [`quantile`](Observed::quantile) needs.
    pub(crate) fn sort(&mut self) {
        self.values.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    }

    /// Returns the smallest value such that at least the fraction `quantile` of all is not above
    /// it; NaN without observations.
    pub(crate) fn quantile(&self, quantile: f64) -> f64 {
        let Some((least, most)) = self.extremes else { return f64::NAN };
        if quantile <= 0.0 {
            return least;
        }
        let count: u64 = self.values.iter().map(|(_, weight)| weight).sum();
        let rank = (quantile * count as f64).ceil() as u64;
        if quantile >= 1.0 || rank >= count {
            return most;
        }
        let mut before = 0;
        let is_reached = |(_, weight): &&(f64, u64)| {
            before += weight;
            before >= rank
        };
        self.values.iter().find(is_reached).map_or(most, |(value, _)| *value)
    }
}

/// The sketches of one series: a list of windows. A thread that finds one locked goes on to the
/// next, as in [`HistogramCells`](super::HistogramCells).
pub(crate) struct Sketches {
    window: Mutex<Window>,
    /// The number of forks when the window was last locked.
    taken_after: AtomicU32,
    next: OnceBox<Sketches>,
}

/// A ring of ages.
#[derive(Default)]
struct Window {
    ages: Vec<ReqSketch<ReqFloat<f64>>>,
    /// The number of the current age.
    present: u64,
}

/// The largest number of windows. With all of them locked, a further thread waits for a free one.
const MOST_WINDOWS: usize = 64;

/// The number of tries to lock the last window before another one is added.
const SPINS: usize = 16;

/// The number of passes over all windows before an observation is given up.
const ROUNDS: usize = 1_000;

/// How long a reader waits for a window. An update takes a microsecond.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a reader waits for a window that was last locked before a fork, or whose lock is not
/// recorded yet.
const SHORT_PATIENCE: Duration = Duration::from_millis(1);

impl Sketches {
    pub(crate) fn new() -> Sketches {
        let (window, next) = (Mutex::default(), OnceBox::new());
        Sketches { window, taken_after: AtomicU32::new(0), next }
    }

    /// Adds a value, which must not be NaN. Returns `false` if the call comes from an allocator
    /// within another update, or if every window is locked by a thread that stands still.
    pub(crate) fn observe(&self, shape: &SketchShape, value: f64, now: Duration) -> bool {
        // Updating a sketch allocates.
        if is_inside() {
            return false;
        }
        let _inside = enter();
        let Ok(value) = ReqFloat::<f64>::new(value) else { return false };
        if let Some(mut window) = self.try_lock() {
            window.update(shape, value, now);
            return true;
        }
        self.observe_elsewhere(shape, value, now)
    }

    #[cold]
    #[inline(never)]
    fn observe_elsewhere(&self, shape: &SketchShape, value: ReqFloat<f64>, now: Duration) -> bool {
        for round in 0..ROUNDS {
            let (mut last, mut windows) = (self, 1);
            for sketches in self.all().skip(1) {
                if let Some(mut window) = sketches.try_lock() {
                    window.update(shape, value, now);
                    return true;
                }
                (last, windows) = (sketches, windows + 1);
            }
            for _ in 0..SPINS {
                if let Some(mut window) = last.try_lock() {
                    window.update(shape, value, now);
                    return true;
                }
                std::hint::spin_loop();
            }
            if windows < MOST_WINDOWS {
                last.next.get_or_init(|| Box::new(Sketches::new()));
            } else if round > 0 {
                thread::yield_now();
            }
            if let Some(mut window) = self.try_lock() {
                window.update(shape, value, now);
                return true;
            }
        }
        false
    }

    fn all(&self) -> impl Iterator<Item = &Sketches> {
        std::iter::successors(Some(self), |sketches| sketches.next.get())
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, Window>> {
        let window = match self.window.try_lock() {
            Ok(window) => window,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        self.taken_after.store(process::forks(), Ordering::Relaxed);
        Some(window)
    }

    /// Locks the window. `None` if the thread that has locked it stands still: it was preempted for
    /// long, or did not survive a fork.
    fn lock(&self) -> Option<MutexGuard<'_, Window>> {
        let started = Instant::now();
        loop {
            if let Some(window) = self.try_lock() {
                return Some(window);
            }
            let is_inherited = self.taken_after.load(Ordering::Relaxed) != process::forks();
            if started.elapsed() > if is_inherited { SHORT_PATIENCE } else { PATIENCE } {
                return None;
            }
            thread::yield_now();
        }
    }

    /// Adds the observations of the window that ends now.
    pub(crate) fn read(&self, shape: &SketchShape, now: Duration, observed: &mut Observed) {
        for sketches in self.all() {
            let _inside = enter();
            let Some(mut window) = sketches.lock() else { continue };
            window.move_to(shape, now);
            for sketch in &window.ages {
                observed
                    .values
                    .extend(sketch.iter().map(|(value, weight)| (value.into_inner(), weight)));
                if let (Some(least), Some(most)) = (sketch.min_item(), sketch.max_item()) {
                    let (least, most) = (least.into_inner(), most.into_inner());
                    observed.extremes = Some(match observed.extremes {
                        Some((low, high)) => (low.min(least), high.max(most)),
                        None => (least, most),
                    });
                }
            }
        }
    }

    /// Discards all observations.
    pub(crate) fn reset(&self) {
        for sketches in self.all() {
            let _inside = enter();
            if let Some(mut window) = sketches.lock() {
                window.ages.clear();
            }
        }
    }
}

impl Window {
    fn update(&mut self, shape: &SketchShape, value: ReqFloat<f64>, now: Duration) {
        self.move_to(shape, now);
        let present = (self.present % shape.ages as u64) as usize;
        if let Some(sketch) = self.ages.get_mut(present) {
            sketch.update(value);
        }
    }

    /// Forgets the ages that are over at `now`.
    fn move_to(&mut self, shape: &SketchShape, now: Duration) {
        let present = (now.as_nanos() / shape.age.as_nanos().max(1)) as u64;
        if self.ages.len() != shape.ages {
            let sketch = ReqSketch::new(shape.k, shape.accuracy).unwrap_or_default();
            self.ages = vec![sketch; shape.ages];
            self.present = present;
            return;
        }
        // Threads may arrive in another order than they have read the clock.
        if present <= self.present {
            return;
        }
        let over = (present - self.present).min(shape.ages as u64);
        for age in 0..over {
            let index = ((present - age) % shape.ages as u64) as usize;
            if let Some(sketch) = self.ages.get_mut(index).filter(|sketch| !sketch.is_empty()) {
                sketch.reset();
            }
        }
        self.present = present;
    }
}

impl std::fmt::Debug for Sketches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sketches").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn read(sketches: &Sketches, shape: &SketchShape, now: Duration) -> Observed {
        let mut observed = Observed::default();
        sketches.read(shape, now, &mut observed);
        observed.sort();
        observed
    }

    #[test]
    fn the_sketch_suits_the_quantiles() {
        let of = |quantiles: &[(f64, f64)]| {
            let shape = SketchShape::of(quantiles, 10 * SECOND, 5);
            (shape.k, shape.accuracy)
        };
        let usual = [(0.5, 0.05), (0.9, 0.01), (0.99, 0.001)];
        assert_eq!(of(&usual), (12, RankAccuracy::HighRank));
        assert_eq!(of(&[(0.01, 0.001)]), (12, RankAccuracy::LowRank));
        assert_eq!(of(&[(0.9999, 0.00001)]), (12, RankAccuracy::HighRank));
        let (k, _) = of(&[(0.01, 0.001), (0.99, 0.001)]);
        assert_eq!(k, 336);
        assert_eq!(of(&[(0.5, 0.0)]).0, MOST_K);
    }

    #[test]
    fn what_is_too_old_is_forgotten_by_ages() {
        let shape = SketchShape::of(&[(0.5, 0.05)], 10 * SECOND, 5);
        let sketches = Sketches::new();
        for second in 0..10 {
            assert!(sketches.observe(&shape, f64::from(second), second * SECOND));
        }
        let all = read(&sketches, &shape, 9 * SECOND);
        assert_eq!((all.values.len(), all.extremes), (10, Some((0.0, 9.0))));
        assert_eq!((all.quantile(0.0), all.quantile(0.5), all.quantile(1.0)), (0.0, 4.0, 9.0));
        // The first age spans the first two seconds.
        assert_eq!(read(&sketches, &shape, 10 * SECOND).extremes, Some((2.0, 9.0)));
        assert_eq!(read(&sketches, &shape, 17 * SECOND).extremes, Some((8.0, 9.0)));
        let none = read(&sketches, &shape, 18 * SECOND);
        assert!(none.values.is_empty() && none.quantile(0.5).is_nan());
        // An observation with an earlier time counts in the current age.
        assert!(sketches.observe(&shape, 7.0, 3 * SECOND));
        assert_eq!(read(&sketches, &shape, 18 * SECOND).extremes, Some((7.0, 7.0)));
        assert_eq!(read(&sketches, &shape, 1_000_000 * SECOND).extremes, None);
    }

    #[test]
    fn what_is_reset_has_observed_nothing() {
        let shape = SketchShape::of(&[(0.5, 0.05)], 10 * SECOND, 5);
        let sketches = Sketches::new();
        sketches.observe(&shape, 1.0, SECOND);
        sketches.reset();
        assert_eq!(read(&sketches, &shape, SECOND).extremes, None);
        sketches.observe(&shape, f64::INFINITY, SECOND);
        assert_eq!(read(&sketches, &shape, SECOND).quantile(0.5), f64::INFINITY);
    }

    #[test]
    fn a_window_that_is_held_is_passed_by() {
        let shape = SketchShape::of(&[(0.5, 0.05)], 10 * SECOND, 5);
        let sketches = Sketches::new();
        sketches.observe(&shape, 1.0, SECOND);
        let held = sketches.try_lock();
        assert!(sketches.observe(&shape, 2.0, SECOND));
        // As after a fork: the thread that holds it does not come back.
        sketches.taken_after.store(u32::MAX, Ordering::Relaxed);
        assert_eq!(read(&sketches, &shape, SECOND).extremes, Some((2.0, 2.0)));
        drop(held);
        assert_eq!(read(&sketches, &shape, SECOND).extremes, Some((1.0, 2.0)));
    }

    #[test]
    fn threads_lose_no_observation() {
        let shape = SketchShape::of(&[(0.5, 0.05)], 10 * SECOND, 5);
        let sketches = Sketches::new();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..10_000)
                        .for_each(|i| assert!(sketches.observe(&shape, f64::from(i), SECOND)))
                });
            }
        });
        let all = read(&sketches, &shape, SECOND);
        assert_eq!(all.values.iter().map(|(_, weight)| weight).sum::<u64>(), 40_000);
        let median = all.quantile(0.5);
        assert!((4_500.0..5_500.0).contains(&median), "{median}");
    }
}
