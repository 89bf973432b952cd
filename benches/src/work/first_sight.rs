//! How long the first update of a series takes while the others are scraped.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::contestants::{CHURNING, Churn};
use crate::input::{self, Series};
use crate::options::Options;
use crate::round::{Outcome, Quartiles, Row};

/// How many series are scraped.
const SERIES: usize = 10_000;
/// How many new ones a round has.
const SIGHTS: usize = 200;
/// What is waited before each, so that they meet a scrape anywhere.
const PAUSE: Duration = Duration::from_micros(200);

pub(crate) fn run(options: &Options) -> Vec<Row> {
    let works = ["p50", "p99", "worst"].map(|part| format!("first_sight/{part}"));
    let wants = works.each_ref().map(|work| options.wants(work));
    if wants == [false; 3] {
        return Vec::new();
    }

    let series = input::series(SERIES + options.rounds() * SIGHTS);
    let (old, new) = series.split_at(SERIES);
    let families = CHURNING.map(|(_, make)| make());
    for family in &families {
        old.iter().for_each(|series| family.count(series));
    }
    let mut latencies = CHURNING.map(|_| Vec::new());
    for (round, new) in new.chunks(SIGHTS).enumerate() {
        for turn in 0..families.len() {
            let index = (round + turn) % families.len();
            latencies[index].extend(first_sights(&*families[index], old, new));
        }
    }

    latencies.iter_mut().for_each(|latencies| latencies.sort());
    let mut rows = Vec::new();
    for ((work, wants), percent) in works.iter().zip(wants).zip([50, 99, 100]) {
        for ((contestant, _), latencies) in CHURNING.iter().zip(&latencies) {
            let latency = latencies[(latencies.len() - 1) * percent / 100];
            let micros = latency.as_nanos() as f64 / 1_000.0;
            rows.extend(wants.then_some(Row {
                work: work.clone(),
                contestant,
                unit: "µs",
                // Of all rounds together, for one alone has too few.
                result: Outcome::Measured(Quartiles::exactly(micros)),
            }));
        }
    }
    rows
}

/// What the first update of each new series takes, while another thread removes an old one,
/// scrapes, puts it back, and starts again.
fn first_sights(family: &dyn Churn, old: &[Series], new: &[Series]) -> Vec<Duration> {
    let is_over = AtomicBool::new(false);
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut text = String::new();
            family.scrape(&mut text);
            let lines = text.lines().filter(|line| line.starts_with("bench_")).count();
            assert!(lines >= old.len(), "first_sight: a series is missing");
            barrier.wait();
            for series in old.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                family.remove(series);
                family.scrape(&mut text);
                family.count(series);
            }
        });
        barrier.wait();
        let sights = new.iter().map(|series| {
            thread::sleep(PAUSE);
            let start = Instant::now();
            family.count(series);
            start.elapsed()
        });
        let sights = sights.collect();
        is_over.store(true, Ordering::Relaxed);
        sights
    })
}
