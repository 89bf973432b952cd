//! What all contestants are given: the same labels, the same values.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Upper bounds in seconds: client_golang's default ones, which measurand and prometheus share.
pub(crate) const BOUNDS: [f64; 11] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Observations, spread evenly over the twelve buckets in an order no branch predictor learns.
pub(crate) struct Observations {
    pub(crate) durations: [Duration; Observations::COUNT],
    /// The same in seconds, for those who take floats.
    pub(crate) seconds: [f64; Observations::COUNT],
}

impl Observations {
    /// A power of two, so that the loops can mask instead of divide.
    pub(crate) const COUNT: usize = 4096;

    pub(crate) fn get() -> &'static Observations {
        static OBSERVATIONS: LazyLock<Observations> = LazyLock::new(Observations::new);
        &OBSERVATIONS
    }

    fn new() -> Observations {
        let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut next = move || {
            // Marsaglia's xorshift: any will do, if it is the same for all.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let durations = std::array::from_fn(|_| {
            let bucket = (next() % 12) as usize;
            let low = if bucket == 0 { 0.0 } else { BOUNDS[bucket - 1] };
            let high = BOUNDS.get(bucket).copied().unwrap_or(20.0);
            let part = (next() % 1000) as f64 / 1000.0;
            Duration::from_secs_f64(low + (high - low) * part)
        });
        Observations { durations, seconds: durations.map(|duration| duration.as_secs_f64()) }
    }
}

/// The label values of one series, and what its counter stands at.
pub(crate) struct Series {
    pub(crate) shop: String,
    pub(crate) route: String,
    pub(crate) tenant: String,
    pub(crate) count: u64,
}

/// Series whose lines in the text have 79 bytes.
pub(crate) fn series(count: usize) -> Vec<Series> {
    (0..count)
        .map(|index| Series {
            shop: format!("eu-{}", index % 9),
            route: format!("/orders/{:02}", index % 100),
            tenant: format!("t{index:07}"),
            count: 1_000_000 + index as u64,
        })
        .collect()
}

/// Label values of histograms.
pub(crate) fn routes(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("/orders/{index:05}")).collect()
}

/// Gives the items until the deadline, so that a contestant that takes too long to make its
/// series comes to an end.
pub(crate) struct Until<I> {
    items: I,
    given: usize,
    deadline: Instant,
    /// Whether there were more.
    pub(crate) is_late: bool,
}

impl<I> Until<I> {
    pub(crate) fn new(items: I, patience: Duration) -> Until<I> {
        Until { items, given: 0, deadline: Instant::now() + patience, is_late: false }
    }
}

impl<I: Iterator> Iterator for Until<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let item = self.items.next()?;
        // Not each time: the clock would cost more than some contestants' series.
        self.is_late = self.given.is_multiple_of(256) && Instant::now() > self.deadline;
        self.given += 1;
        (!self.is_late).then_some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.items.size_hint().1)
    }
}
