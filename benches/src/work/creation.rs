//! Making series: what a registry pays when a label set is seen for the first time.

use std::time::{Duration, Instant};

use crate::contestants;
use crate::input;
use crate::options::Options;
use crate::round::{self, Row, Runner, SAMPLE};

pub(crate) fn run(options: &Options) -> Vec<Row> {
    let mut rows = Vec::new();
    for count in [1_000, 10_000] {
        let work = format!("create_counters/{count}");
        if !options.wants(&work) {
            continue;
        }
        let series = input::series(count);
        let runners = contestants::ALL
            .iter()
            .map(|contestant| {
                let time = |times: u64| -> Duration {
                    (0..times)
                        .map(|_| {
                            let start = Instant::now();
                            let page = (contestant.counters)(&mut series.iter());
                            let elapsed = start.elapsed();
                            // Taking it down is not timed.
                            drop(page);
                            elapsed
                        })
                        .sum()
                };
                let times = round::calibrate(SAMPLE, time);
                let operations = times as f64 * count as f64;
                let sample = move || time(times).as_nanos() as f64 / operations;
                Runner { contestant: contestant.name, sample: Box::new(sample) }
            })
            .collect();
        rows.extend(round::interleave(&work, "ns/series", options.rounds(), runners));
    }
    rows
}
