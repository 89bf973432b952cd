//! What all contestants are given: the same labels, the same values.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use fastmetrics::derive::EncodeLabelValue as FastmetricsValue;
use measurand::LabelValue;
use measured::FixedCardinalityLabel;
use prometheus_client::encoding::EncodeLabelValue;

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
        let mut next = random();
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

/// Numbers without a pattern: Marsaglia's xorshift, but any will do if it is the same for all.
pub(crate) fn random() -> impl FnMut() -> u64 {
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    }
}

/// A closed label.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    LabelValue,
    FixedCardinalityLabel,
    EncodeLabelValue,
    FastmetricsValue,
)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    const ALL: [Method; 4] = [Method::Get, Method::Post, Method::Put, Method::Delete];

    /// For those who take strings.
    pub(crate) fn as_str(self) -> &'static str {
        ["get", "post", "put", "delete"][self as usize]
    }
}

/// Another one.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    LabelValue,
    FixedCardinalityLabel,
    EncodeLabelValue,
    FastmetricsValue,
)]
pub(crate) enum Outcome {
    Answered,
    Redirected,
    Refused,
    Failed,
    Cancelled,
}

impl Outcome {
    const ALL: [Outcome; 5] = [
        Outcome::Answered,
        Outcome::Redirected,
        Outcome::Refused,
        Outcome::Failed,
        Outcome::Cancelled,
    ];

    /// For those who take strings.
    pub(crate) fn as_str(self) -> &'static str {
        ["answered", "redirected", "refused", "failed", "cancelled"][self as usize]
    }
}

/// What a series with closed labels is looked up by.
pub(crate) type Closed = (Method, Outcome);

/// What a series with closed labels and an open one is looked up by.
pub(crate) type Open = (Method, Outcome, String);

/// Look-ups of closed labels, so many that no branch predictor learns them.
pub(crate) fn closed() -> Arc<[Closed]> {
    let mut next = random();
    let mut value = move |values| next() as usize % values;
    (0..4096).map(|_| (Method::ALL[value(4)], Outcome::ALL[value(5)])).collect()
}

/// One look-up for each of so many tenants, in no order.
pub(crate) fn open(tenants: usize) -> Arc<[Open]> {
    let mut next = random();
    let mut order: Vec<_> = (0..tenants).map(|tenant| (next(), tenant)).collect();
    order.sort();
    let closed = closed();
    let tenants = order.into_iter().zip(closed.iter().cycle());
    tenants
        .map(|((_, tenant), (method, outcome))| (*method, *outcome, format!("t{tenant:07}")))
        .collect()
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
