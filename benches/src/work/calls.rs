//! Calling functions that count their calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::update;
use crate::allocator;
use crate::contestants::instrumented::{self, BARE, Counted, Function, Instrumented, SAMPLED};
use crate::contestants::{Update, floor};
use crate::options::Options;
use crate::round::{Outcome, Quartiles, Row};

/// Each kind of function, and what its works are called.
const KINDS: [(Function, &str, &str); 3] = [
    (Function::Plain, "instrumented_call", "call_allocations/plain"),
    (Function::Fallible, "instrumented_fallible_call", "call_allocations/fallible"),
    (Function::Future, "instrumented_async_call", "call_allocations/async"),
];

pub(crate) fn run(options: &Options) -> Vec<Row> {
    let mut rows = Vec::new();
    for (function, name, _) in KINDS {
        let threads = if matches!(function, Function::Plain) { &[1, 2][..] } else { &[1] };
        for &threads in threads {
            let work = format!("{name}/{threads}");
            let floor = ("floor: two Instant::now", floor::two_instants as fn() -> Update);
            rows.extend(measure(options, &work, threads, function, floor, &instrumented::ALL));
        }
    }
    let floor = ("floor: thread-local add", floor::thread_local_add as fn() -> Update);
    rows.extend(measure(options, "sampled_call/1", 1, Function::Plain, floor, &SAMPLED));
    rows
}

/// How often calls ask for memory.
pub(crate) fn allocations(options: &Options) -> Vec<Row> {
    let mut rows = Vec::new();
    for (function, _, work) in KINDS {
        if !options.wants(work) {
            continue;
        }
        for contestant in instrumented::ALL {
            let (check, calls) = Check::new(contestant, function);
            // What the first calls of a thread prepare for all others is not the question here.
            calls(CALLS);
            let ((), counts) = allocator::count(|| calls(CALLS));
            check.check(work);
            let figure = counts.allocations as f64 / CALLS as f64;
            rows.push(Row {
                work: work.to_owned(),
                contestant: contestant.name,
                unit: "per call",
                result: Outcome::Measured(Quartiles::exactly(figure)),
            });
        }
    }
    rows
}

/// Of how many calls the allocations are counted.
const CALLS: u64 = 10_000;

fn measure(
    options: &Options,
    work: &str,
    threads: usize,
    function: Function,
    (floor, update): (&'static str, fn() -> Update),
    contestants: &[&Instrumented],
) -> Vec<Row> {
    let mut checks = Vec::new();
    let rows = update::measure(options, work, threads, || {
        let mut updates = vec![(BARE.name, (BARE.calls)(function)), (floor, update())];
        for contestant in contestants {
            let (check, calls) = Check::new(contestant, function);
            updates.push((contestant.name, calls));
            checks.push(check);
        }
        updates
    });
    checks.iter().for_each(|check| check.check(work));
    rows
}

/// Sees to it that every call is counted, so that nobody is measured who does nothing.
struct Check<'a> {
    contestant: &'a Instrumented,
    function: Function,
    before: Option<Counted>,
    made: Arc<Made>,
}

/// What was called.
#[derive(Default)]
struct Made {
    calls: AtomicU64,
    errors: AtomicU64,
}

impl<'a> Check<'a> {
    /// Goes with the calls of a contestant.
    fn new(contestant: &'a Instrumented, function: Function) -> (Check<'a>, Update) {
        let calls = (contestant.calls)(function);
        let made = Arc::new(Made::default());
        let before = contestant.counted.map(|counted| counted(function));
        let check = Check { contestant, function, before, made: made.clone() };
        let counting = move |times| {
            calls(times);
            made.calls.fetch_add(times, Relaxed);
            // Every second one fails, and the first one does not.
            made.errors.fetch_add(times / 2, Relaxed);
        };
        (check, Box::new(counting))
    }

    fn check(&self, work: &str) {
        let (Some(before), Some(counted)) = (&self.before, self.contestant.counted) else { return };
        let name = self.contestant.name;
        let now = counted(self.function);
        let made = self.made.calls.load(Relaxed);
        assert_eq!(now.calls - before.calls, made, "{work}: {name} counted other calls");
        if matches!(self.function, Function::Fallible) {
            let failed = self.made.errors.load(Relaxed);
            assert_eq!(now.errors - before.errors, failed, "{work}: {name} counted other errors");
        }
        if let Some(timed) = now.timed {
            // What is sampled stands for calls that are still to come, and some peers lose a few of
            // those that threads make at once.
            let timed = timed - before.timed.unwrap_or(0);
            assert!(timed.abs_diff(made) <= made / 10, "{work}: {name} timed {timed} of {made}");
        }
    }
}
