//! Interleaved rounds, and what is made of their samples.

use std::time::{Duration, Instant};

/// Every sample lasts at least this long: a clock reading and a late wake-up vanish in it.
pub(crate) const SAMPLE: Duration = Duration::from_millis(5);

/// One contestant's way to do a work once.
pub(crate) struct Runner<'a> {
    pub(crate) contestant: &'static str,
    /// Gives the cost of one operation.
    pub(crate) sample: Box<dyn FnMut() -> f64 + 'a>,
}

/// What one contestant needed for one work.
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) contestant: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) result: Outcome,
}

/// The figures of a row, or why there are none.
pub(crate) enum Outcome {
    Measured(Quartiles),
    LeftOut(&'static str),
}

/// The middle of the samples, and where the middle half of them lies.
#[derive(Clone, Copy)]
pub(crate) struct Quartiles {
    pub(crate) q1: f64,
    pub(crate) median: f64,
    pub(crate) q3: f64,
}

impl Quartiles {
    /// Of at least one sample.
    pub(crate) fn of(mut samples: Vec<f64>) -> Quartiles {
        samples.sort_by(f64::total_cmp);
        let at = |quarter: usize| samples[(samples.len() - 1) * quarter / 4];
        Quartiles { q1: at(1), median: at(2), q3: at(3) }
    }

    /// Of what comes out the same every time.
    pub(crate) fn exactly(figure: f64) -> Quartiles {
        Quartiles { q1: figure, median: figure, q3: figure }
    }
}

/// Lets every contestant run once per round.
///
/// A machine that slows down for a while slows all of them down, and since the order rotates, no
/// contestant always runs behind the same other one.
pub(crate) fn interleave(
    work: &str,
    unit: &'static str,
    rounds: usize,
    mut runners: Vec<Runner<'_>>,
) -> Vec<Row> {
    let mut samples = vec![Vec::with_capacity(rounds); runners.len()];
    for round in 0..rounds {
        for turn in 0..runners.len() {
            let index = (round + turn) % runners.len();
            samples[index].push((runners[index].sample)());
        }
    }
    std::iter::zip(runners, samples)
        .map(|(runner, samples)| Row {
            work: work.to_owned(),
            contestant: runner.contestant,
            unit,
            result: Outcome::Measured(Quartiles::of(samples)),
        })
        .collect()
}

/// How often an operation has to run for a sample to be long enough.
pub(crate) fn calibrate(target: Duration, mut run: impl FnMut(u64) -> Duration) -> u64 {
    let mut times = 1;
    // The shorter of two: one that waited for other work on the machine looks long enough.
    while run(times).min(run(times)) < target {
        times *= 2;
    }
    times
}

/// A runner whose operation runs on this thread, `operations` of them at a time.
pub(crate) fn alone<'a>(
    contestant: &'static str,
    operations: usize,
    mut operate: impl FnMut() + 'a,
) -> Runner<'a> {
    let mut time = move |times: u64| {
        let start = Instant::now();
        for _ in 0..times {
            operate();
        }
        start.elapsed()
    };
    let times = calibrate(SAMPLE, &mut time);
    let total = times as f64 * operations as f64;
    Runner { contestant, sample: Box::new(move || time(times).as_nanos() as f64 / total) }
}
