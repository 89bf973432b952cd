//! Making series: what a registry pays when a label set is seen for the first time.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::contestants;
use crate::input::{self, Series};
use crate::options::Options;
use crate::round::{self, Row, Runner, SAMPLE};

/// Makes so many series in a process of so many threads.
pub(crate) fn run(options: &Options, sizes: &[(usize, usize)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for &(count, threads) in sizes {
        let work = format!("create_series/{count}/{threads}");
        if options.wants(&work) {
            let series = input::series(count);
            rows.extend(beside(threads - 1, &series, || measure(options, &work, &series)));
        }
    }
    rows
}

fn measure(options: &Options, work: &str, series: &[Series]) -> Vec<Row> {
    let runners = contestants::ALL
        .iter()
        .map(|contestant| {
            let time = |times: u64| -> Duration {
                (0..times)
                    .map(|_| {
                        let start = Instant::now();
                        let page = (contestant.new_counters)(&mut series.iter());
                        let elapsed = start.elapsed();
                        // Taking it down is not timed.
                        drop(page);
                        elapsed
                    })
                    .sum()
            };
            let times = round::calibrate(SAMPLE, time);
            let operations = times as f64 * series.len() as f64;
            let sample = move || time(times).as_nanos() as f64 / operations;
            Runner { contestant: contestant.name, sample: Box::new(sample) }
        })
        .collect();
    round::interleave(work, "ns/series", options.rounds(), runners)
}

/// Runs something while so many other threads, which have made a series each, wait.
fn beside<T>(threads: usize, series: &[Series], run: impl FnOnce() -> T) -> T {
    let start = Barrier::new(threads + 1);
    let end = Barrier::new(threads + 1);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for contestant in &contestants::ALL {
                    (contestant.new_counters)(&mut series.iter().take(1));
                }
                start.wait();
                end.wait();
            });
        }
        start.wait();
        let result = run();
        end.wait();
        result
    })
}
