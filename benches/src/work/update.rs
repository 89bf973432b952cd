//! Updating a metric, from one thread and from several.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::contestants::{self, MEASURAND, Update, distributions, floor, hostile, process};
use crate::input;
use crate::machine;
use crate::options::Options;
use crate::round::{self, Row, Runner, SAMPLE};

pub(crate) fn run(options: &Options) -> Vec<Row> {
    let mut rows = Vec::new();
    for threads in [1, 2, 8] {
        rows.extend(measure(options, &format!("counter_inc/{threads}"), threads, || {
            let mut updates = vec![
                ("floor: thread-local add", floor::thread_local_add()),
                ("floor: fetch_add", floor::fetch_add()),
            ];
            updates.extend(contestants::ALL.iter().map(|one| (one.name, (one.counter)())));
            updates
        }));
    }
    for threads in [1, 2] {
        rows.extend(measure(options, &format!("histogram_observe/{threads}"), threads, || {
            let mut updates = vec![("floor: two Instant::now", floor::two_instants())];
            updates.extend(contestants::ALL.iter().map(|one| (one.name, (one.histogram)())));
            updates
        }));
    }
    for threads in [1, 2] {
        rows.extend(measure(options, &format!("native_observe/{threads}"), threads, || {
            vec![
                (MEASURAND, distributions::native()),
                ("measurand, 11 classic buckets", distributions::classic()),
                ("opentelemetry", distributions::exponential()),
            ]
        }));
        rows.extend(measure(options, &format!("summary_observe/{threads}"), threads, || {
            vec![
                ("floor: Instant::now twice", floor::two_instants()),
                (MEASURAND, distributions::summary()),
                ("metrics", distributions::metrics_summary()),
            ]
        }));
    }
    for threads in [1, 2, 8] {
        rows.extend(measure(options, &format!("closed_labels/{threads}"), threads, || {
            let requests = input::closed();
            let all = contestants::ALL.iter();
            all.map(|one| (one.name, (one.closed_labels)(requests.clone()))).collect()
        }));
    }
    for (tenants, threads) in [
        (100, &[1, 2, 8][..]),
        // Quick runs do without the many threads, whose turns take long.
        (10_000, if options.quick { &[1, 2, 8] } else { &[1, 2, 8, 64] }),
    ] {
        for &threads in threads {
            let work = format!("open_labels/{tenants}/{threads}");
            rows.extend(measure(options, &work, threads, || {
                let requests = input::open(tenants);
                let updates = contestants::ALL.iter().map(|one| {
                    let update = (one.open_labels)(requests.clone());
                    // All series are there before one is looked up.
                    update(requests.len() as u64);
                    (one.name, update)
                });
                updates.collect()
            }));
        }
    }
    rows.extend(measure(options, "process_scrape", 1, || {
        vec![(MEASURAND, process::measurand()), ("prometheus", process::prometheus())]
    }));
    rows.extend(measure(options, "hostile_labels", 1, || {
        vec![(MEASURAND, hostile::new_values()), ("admitted value", hostile::admitted_value())]
    }));
    rows.extend(measure(options, "colliding_labels", 1, || {
        vec![(MEASURAND, hostile::colliding_values()), ("random values", hostile::random_values())]
    }));
    rows
}

/// Lets so many threads do an update at once, by each contestant in turn.
pub(super) fn measure(
    options: &Options,
    work: &str,
    threads: usize,
    updates: impl FnOnce() -> Vec<(&'static str, Update)>,
) -> Vec<Row> {
    if !options.wants(work) {
        return Vec::new();
    }
    // Threads that share a core run in turns, and a sample has to be many turns long.
    let at_once = threads.min(machine::cores());
    let target = SAMPLE * threads.div_ceil(at_once) as u32;
    let updates = updates();
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
