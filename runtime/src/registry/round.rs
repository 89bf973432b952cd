//! Running the collectors of a gather, with a time limit.
//!
//! They run one after the other on a pooled thread. When one is slow, another thread goes on with
//! the next ones. One that has not finished within the limit is abandoned: it keeps its buffers
//! until it ends, so that no later gather sees any of its points.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use super::claims::Claims;
use super::collected_points::CollectedPoints;
use super::conflict::Problem;
use super::points::CollectorPoints;
use super::registered_collector::{Inside, RegisteredCollector};
use super::workers::{self, Work, Worker};
use crate::process;
use crate::sync::unpoisoned;

/// Whether the target has threads.
const HAS_THREADS: bool = !cfg!(target_family = "wasm");

/// If no collector ends for this long, another thread goes on with the next ones.
const SLOW: Duration = Duration::from_millis(10);

/// What a gather keeps for the next one.
#[derive(Default)]
pub(super) struct Rounds {
    round: Option<Arc<CollectorRound>>,
    jobs: Vec<Job>,
    done: Vec<Done>,
    idle: Vec<Arc<Worker>>,
}

/// A collector to run.
struct Job {
    collector: Arc<RegisteredCollector>,
    claims: Arc<Claims>,
    given: CollectorPoints,
}

/// A collector that ran, or had no time to.
struct Done {
    collector: Arc<RegisteredCollector>,
    given: CollectorPoints,
    failed: Option<Problem>,
    /// Whether it got its turn before the time was up.
    has_run: bool,
}

/// What the threads of a gather share.
struct CollectorRound {
    /// The process that it belongs to.
    process: u32,
    state: Mutex<RoundState>,
    /// Notified when all collectors have run.
    is_done: Condvar,
}

#[derive(Default)]
struct RoundState {
    /// Changes when a gather starts and ends, so that a late thread knows that its gather is over.
    number: u64,
    inside: Inside,
    deadline: Option<Instant>,
    /// The waiting collectors, in reverse order.
    waiting: Vec<Job>,
    running: Vec<Arc<RegisteredCollector>>,
    /// The numbers of the running collectors that got their turn.
    started: Vec<u64>,
    done: Vec<Done>,
    /// Threads without further work.
    idle: Vec<Arc<Worker>>,
}

/// What a thread does after running a collector.
enum Next {
    /// It looks for another collector.
    GoOn,
    /// It waits for work: the gather returns it to the pool.
    HandedIn,
    /// It drops the result, which no gather waits for.
    Late(Box<Done>),
}

impl Rounds {
    /// Runs the collectors, and adds their points to `given` and their problems to `failed`.
    pub(super) fn collect<'a>(
        &mut self,
        collectors: impl Iterator<Item = &'a (u64, Weak<RegisteredCollector>, Arc<Claims>)>,
        given: &mut CollectedPoints,
        failed: &mut Vec<Problem>,
        limit: Duration,
    ) {
        let inside = Inside::of_this_thread();
        for (id, collector, claims) in collectors.filter(|(id, ..)| !inside.has(*id)) {
            let Some(collector) = collector.upgrade() else { continue };
            if collector.is_late() {
                failed.push(collector.left_out(limit));
                continue;
            }
            self.jobs.push(Job { collector, claims: claims.clone(), given: given.buffer(*id) });
        }
        if self.jobs.is_empty() {
            return;
        }
        self.jobs.reverse();
        match HAS_THREADS {
            true => self.run(inside, failed, limit),
            false => {
                while let Some(job) = self.jobs.pop() {
                    self.done.push(job.run_here(&inside, None));
                }
            }
        }
        for Done { collector, given: points, failed: problem, has_run } in self.done.drain(..) {
            if !has_run {
                failed.push(collector.left_out(limit));
            }
            let is_whole = has_run && problem.is_none();
            failed.extend(problem);
            if is_whole { given.push(points) } else { given.put_back(points) }
        }
    }

    /// Runs the collectors on other threads.
    fn run(&mut self, inside: Inside, failed: &mut Vec<Problem>, limit: Duration) {
        let now = Instant::now();
        // A gather inside a collector gets half of the remaining time, so that the outer collector
        // can still finish in time if an inner one hangs.
        let left = |deadline: Instant| deadline.saturating_duration_since(now) / 2;
        let time = inside.deadline.map_or(limit, |deadline| left(deadline).min(limit));
        let deadline = now.checked_add(time);
        let round = self.round.take().filter(|round| round.process == process::id());
        let round = round.unwrap_or_else(|| Arc::new(CollectorRound::new()));

        let mut state = round.state();
        state.number += 1;
        let number = state.number;
        state.inside = inside;
        state.deadline = deadline;
        std::mem::swap(&mut state.waiting, &mut self.jobs);
        std::mem::swap(&mut state.done, &mut self.done);
        drop(state);
        if !workers::call(round.clone(), number) {
            round.help(number, None);
        }
        let mut state = round.wait(number, deadline);

        // From here on, late threads find another number.
        state.number += 1;
        std::mem::swap(&mut state.waiting, &mut self.jobs);
        std::mem::swap(&mut state.done, &mut self.done);
        std::mem::swap(&mut state.idle, &mut self.idle);
        // Drained, since it is usually empty and its buffer is kept.
        let late: Vec<_> = state.running.drain(..).collect();
        for collector in late.iter().filter(|it| state.started.contains(&it.id)) {
            collector.begin_late();
        }
        state.started.clear();
        drop(state);

        failed.extend(late.iter().map(|collector| collector.left_out(limit)));
        for job in self.jobs.drain(..) {
            let Job { collector, given, .. } = job;
            self.done.push(Done { collector, given, failed: None, has_run: false });
        }
        self.idle.drain(..).for_each(workers::keep);
        self.round = Some(round);
    }
}

impl Job {
    /// Runs the collector on this thread.
    fn run_here(self, inside: &Inside, deadline: Option<Instant>) -> Done {
        let Job { collector, claims, mut given } = self;
        let inside = inside.and(collector.id, deadline);
        let context = inside.context.clone();
        let failed = context.run(|| collector.collect(&claims, &mut given, inside));
        Done { collector, given, failed, has_run: true }
    }

    /// Runs the collector on this thread in its turn. A gather inside a collector does not wait for
    /// the turn, since two of them could wait for each other.
    fn run(
        self,
        round: &CollectorRound,
        number: u64,
        inside: &Inside,
        deadline: Option<Instant>,
    ) -> Done {
        let collector = self.collector.clone();
        let patience = match (inside.is_outside(), deadline) {
            (true, Some(deadline)) => deadline.saturating_duration_since(Instant::now()),
            // The deadline is too far ahead to be represented.
            (true, None) => Duration::MAX,
            (false, _) => Duration::ZERO,
        };
        let turn = collector.turn.take(patience);
        let is_its_turn = turn.is_some() || !inside.is_outside();
        if is_its_turn && round.start(number, collector.id) {
            return self.run_here(inside, deadline);
        }
        let Job { collector, given, .. } = self;
        Done { collector, given, failed: None, has_run: false }
    }
}

impl CollectorRound {
    fn new() -> CollectorRound {
        CollectorRound { process: process::id(), state: Mutex::default(), is_done: Condvar::new() }
    }

    /// Locks the state. No user code runs while it is locked.
    fn state(&self) -> MutexGuard<'_, RoundState> {
        unpoisoned(self.state.lock())
    }

    /// Waits until all collectors have run or the time is up.
    fn wait(
        self: &Arc<Self>,
        number: u64,
        deadline: Option<Instant>,
    ) -> MutexGuard<'_, RoundState> {
        let mut state = self.state();
        let mut done = state.done.len();
        while !(state.waiting.is_empty() && state.running.is_empty()) {
            let left = deadline.map(|end| end.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                break;
            }
            let left = left.unwrap_or(Duration::MAX);
            let is_any_waiting = !state.waiting.is_empty();
            // Short waits, since some systems wake threads late from long ones.
            let longest = if is_any_waiting { SLOW } else { Duration::from_secs(1) };
            let waited = self.is_done.wait_timeout(state, left.min(longest));
            let timeout;
            (state, timeout) = unpoisoned(waited);
            let is_slow = timeout.timed_out() && is_any_waiting && state.done.len() == done;
            done = state.done.len();
            if is_slow {
                drop(state);
                if !workers::call(self.clone(), number) {
                    self.help(number, None);
                }
                state = self.state();
            }
        }
        state
    }

    /// Runs collectors until none is left. Returns whether the thread was handed in.
    fn help(&self, number: u64, worker: Option<&Arc<Worker>>) -> bool {
        loop {
            let Some((job, inside, deadline)) = self.take(number) else { return false };
            let done = job.run(self, number, &inside, deadline);
            if self.process != process::id() {
                // The collector forked, and this is the child, where no gather waits.
                return false;
            }
            match self.finish(number, done, worker) {
                Next::GoOn => {}
                Next::HandedIn => return true,
                Next::Late(done) => {
                    if done.has_run {
                        done.collector.end_late();
                    }
                    // This may drop the last reference to a user's collector, which may panic.
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(done)));
                    return false;
                }
            }
        }
    }

    fn take(&self, number: u64) -> Option<(Job, Inside, Option<Instant>)> {
        let mut state = self.state();
        if state.number != number {
            return None;
        }
        let job = state.waiting.pop()?;
        state.running.push(job.collector.clone());
        Some((job, state.inside.clone(), state.deadline))
    }

    /// Notes that a collector starts. Returns false if its gather is over.
    fn start(&self, number: u64, id: u64) -> bool {
        let mut state = self.state();
        if state.number == number {
            state.started.push(id);
        }
        state.number == number
    }

    fn finish(&self, number: u64, done: Done, worker: Option<&Arc<Worker>>) -> Next {
        let mut state = self.state();
        if state.number != number {
            return Next::Late(Box::new(done));
        }
        let id = done.collector.id;
        // `done` has another reference to the collector, so nothing is dropped here.
        state.running.retain(|running| running.id != id);
        state.done.push(done);
        if !state.waiting.is_empty() {
            return Next::GoOn;
        }
        // The last thread hands itself in before the gather is told that all is done.
        let next = match worker {
            Some(worker) => {
                state.idle.push(worker.clone());
                Next::HandedIn
            }
            None => Next::GoOn,
        };
        if state.running.is_empty() {
            self.is_done.notify_one();
        }
        next
    }
}

impl Work for CollectorRound {
    fn help(&self, number: u64, worker: &Arc<Worker>) -> bool {
        CollectorRound::help(self, number, Some(worker))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use crate::descriptor::Descriptor;
    use crate::read::Point;
    use crate::registry::workers::tests::ARE_NONE;
    use crate::registry::{Collector, Points, Registry};

    /// A collector that calls a closure.
    struct Does<F>(F);

    impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Does<F> {
        fn collect(&self, points: &mut Points<'_>) {
            (self.0)(points);
        }
    }

    #[test]
    fn where_there_is_no_thread_to_be_had_collectors_run_on_that_which_gathers() {
        let registry = Registry::new();
        let gauge = |name: &str| Descriptor::gauge(name, "Of a test.").build().unwrap();
        let page = |registry: &Registry| {
            let mut text = String::new();
            registry.encode_text(&mut text);
            text
        };
        let (here, mine, inner) = (thread::current().id(), gauge("mine"), registry.clone());
        let gathers = Does(move |points: &mut Points<'_>| {
            assert_eq!(thread::current().id(), here);
            // A collector is not run inside itself; others are.
            for _ in 0..2 {
                let nested = page(&inner);
                assert!(nested.contains("\nother 1\n") && !nested.contains("mine"), "{nested}");
            }
            points.push(&mine, &[], Point::gauge(1));
        });
        registry.register_collector(gathers).unwrap().leak();
        let other = gauge("other");
        let gives = Does(move |points: &mut Points<'_>| points.push(&other, &[], Point::gauge(1)));
        registry.register_collector(gives).unwrap().leak();
        let panics = Does(|_: &mut Points<'_>| panic!("no figures"));
        registry.register_collector(panics).unwrap().leak();
        ARE_NONE.set(true);
        for gathers in 1..4 {
            let page = page(&registry);
            assert!(page.contains("\nmine 1\n") && page.contains("\nother 1\n"), "{page}");
            // It also panics in the two gathers inside.
            assert!(page.contains(&format!("}} {}\n", 3 * gathers)), "{page}");
            assert!(!page.contains("timeouts"), "{page}");
        }
        ARE_NONE.set(false);
    }
}
