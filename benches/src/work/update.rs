//! Updating a metric, from one thread and from several.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::contestants::{self, Update, floor};
use crate::machine;
use crate::options::Options;
use crate::round::{self, Row, Runner, SAMPLE};

pub(crate) fn run(options: &Options) -> Vec<Row> {
    let mut rows = Vec::new();
    for threads in [1, 2, 8] {
        let mut updates = vec![
            ("floor: thread-local add", floor::thread_local_add()),
            ("floor: fetch_add", floor::fetch_add()),
        ];
        updates.extend(contestants::ALL.iter().map(|one| (one.name, (one.counter)())));
        rows.extend(measure(options, &format!("counter_inc/{threads}"), threads, &updates));
    }
    for threads in [1, 2] {
        let mut updates = vec![("floor: two Instant::now", floor::two_instants())];
        updates.extend(contestants::ALL.iter().map(|one| (one.name, (one.histogram)())));
        rows.extend(measure(options, &format!("histogram_observe/{threads}"), threads, &updates));
    }
    rows
}

fn measure(
    options: &Options,
    work: &str,
    threads: usize,
    updates: &[(&'static str, Update)],
) -> Vec<Row> {
    if !options.wants(work) {
        return Vec::new();
    }
    // Threads that share a core run in turns, and a sample has to be many turns long.
    let at_once = threads.min(machine::cores());
    let target = SAMPLE * threads.div_ceil(at_once) as u32;
    let runners = updates
        .iter()
        .map(|(contestant, update)| {
            let times = round::calibrate(target, |times| wall_time(threads, times, update));
            let operations = (threads as u64 * times) as f64;
            let sample = move || {
                let wall = wall_time(threads, times, update).as_nanos() as f64;
                wall / operations * at_once as f64
            };
            Runner { contestant, sample: Box::new(sample) }
        })
        .collect();
    round::interleave(work, "ns", options.rounds(), runners)
}

/// From the start of the first thread to the end of the last.
fn wall_time(threads: usize, times: u64, update: &Update) -> Duration {
    let barrier = Barrier::new(threads);
    let spans: Vec<_> = thread::scope(|scope| {
        let spawned: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    // What a thread's first update costs is not the question here.
                    update(1);
                    barrier.wait();
                    let start = Instant::now();
                    update(times);
                    (start, Instant::now())
                })
            })
            .collect();
        spawned.into_iter().map(|thread| thread.join().expect("no update panics")).collect()
    });
    let start = spans.iter().map(|(start, _)| *start).min();
    let end = spans.iter().map(|(_, end)| *end).max();
    start.zip(end).map_or(Duration::ZERO, |(start, end)| end - start)
}
