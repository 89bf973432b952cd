//! Collectors that collect by themselves, so that no scrape waits for them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::claims::Claims;
use super::collector::{Background, Collector};
use super::given::{Given, Points};
use super::registrant::message_of;
use crate::descriptor::Descriptor;
use crate::sync::unpoisoned;
use crate::turn::Turn;
use crate::{clock, process};

/// Collects at an interval, on a thread of its own; a scrape shows the last figures, and never waits.
///
/// It is for what takes long: a query, a walk through a directory, a call of another machine. Whatever is
/// fast shows more with a plain [`Collector`], which is of the moment of the scrape.
///
/// Families are absent until the first figures are there. If the collector panics or hangs, its last
/// figures stay. `measurand_cached_age_seconds`, by the type of the collector, is their age, or the time
/// since the start while there are none: alert on a few times the interval, which finds both. Panics are
/// counted in `measurand_collector_panics_total`, and the first one is logged.
///
/// The thread ends when this is dropped, which waits for nothing. A forked child starts one of its own
/// when it gathers next.
///
/// ```
/// use std::time::Duration;
/// use measurand::registry::{Cached, Collector, Point, Points};
/// use measurand::{Descriptor, Registry};
///
/// /// Counts the files of a directory.
/// struct Spool(Descriptor);
///
/// impl Collector for Spool {
///     fn describe(&self) -> Vec<Descriptor> {
///         vec![self.0.clone()]
///     }
///
///     fn collect(&self, points: &mut Points<'_>) {
///         let files = std::fs::read_dir(".").map_or(0, Iterator::count);
///         points.push(&self.0, &[], Point::gauge(files));
///     }
/// }
///
/// let files = Descriptor::gauge("doc_spool_files", "Files in the spool.").build()?;
/// let registry = Registry::new();
/// registry.register_collector(Cached::every(Duration::from_secs(60), Spool(files)))?.leak();
/// # let mut text = String::new();
/// # while !text.contains("doc_spool_files ") {
/// #     std::thread::sleep(Duration::from_millis(1));
/// #     text.clear();
/// #     registry.encode_text(&mut text);
/// # }
/// # assert!(text.contains("measurand_cached_age_seconds{collector=\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Cached<C: Collector> {
    shared: Arc<Shared<C>>,
    /// The thread that collects.
    runner: ArcSwap<Runner>,
    /// Who starts it.
    turn: Turn,
}

/// What the thread has in common with those who scrape.
struct Shared<C> {
    collector: C,
    interval: Duration,
    figures: ArcSwapOption<Figures>,
    /// When somebody began to wait for the first ones.
    since: Duration,
    panics: AtomicU64,
    has_logged: AtomicBool,
}

struct Figures {
    given: Given,
    /// When they were collected.
    at: Duration,
}

/// A thread that collects, or has done so.
#[derive(Default)]
struct Runner {
    /// Which process it is of: a forked child does not have it.
    process: u32,
    is_stopped: Mutex<bool>,
    stops: Condvar,
}

/// No thread does nothing but collect.
const SHORTEST: Duration = Duration::from_millis(1);

impl<C: Collector> Cached<C> {
    /// Has `collector` collect at an interval, from now on.
    ///
    /// A collection that takes longer than the interval is followed by the next one.
    pub fn every(interval: Duration, collector: C) -> Cached<C> {
        let shared = Shared {
            collector,
            interval: interval.max(SHORTEST),
            figures: ArcSwapOption::empty(),
            since: clock::now(),
            panics: AtomicU64::new(0),
            has_logged: AtomicBool::new(false),
        };
        // Of no process.
        let runner = ArcSwap::default();
        let cached = Cached { shared: Arc::new(shared), runner, turn: Turn::new() };
        cached.start();
        cached
    }

    /// Starts the thread unless this process has it.
    fn start(&self) {
        let process = process::id();
        if self.runner.load().process == process {
            return;
        }
        // Whoever has the turn starts it.
        let Some(_turn) = self.turn.take(Duration::ZERO) else { return };
        if self.runner.load().process == process {
            return;
        }
        let runner = Arc::new(Runner { process, ..Runner::default() });
        let (shared, of_thread) = (self.shared.clone(), runner.clone());
        let thread = thread::Builder::new().name("measurand-cached".to_owned());
        // If there is none to be had, the next gather tries again.
        if !cfg!(target_family = "wasm") && thread.spawn(move || of_thread.run(&*shared)).is_ok() {
            self.runner.store(runner);
        }
    }
}

impl<C: Collector> Shared<C> {
    fn collect(&self) {
        let at = clock::now();
        let (mut given, known) = (Given::default(), Claims::default());
        let collect = || self.collector.collect(&mut Points::new(&mut given, &known));
        let Err(payload) = catch_unwind(AssertUnwindSafe(collect)) else {
            // Half of the figures are none.
            if given.shortage().is_ok() {
                self.figures.store(Some(Arc::new(Figures { given, at })));
            }
            return;
        };
        self.panics.fetch_add(1, Ordering::Relaxed);
        if !self.has_logged.swap(true, Ordering::Relaxed) {
            let (title, message) = (std::any::type_name::<C>(), message_of(&*payload));
            log::error!("collector `{title}` has panicked, and its last figures stay: {message}");
        }
        // It may panic when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
}

impl Runner {
    fn run<C: Collector>(&self, shared: &Shared<C>) {
        loop {
            let next = Instant::now().checked_add(shared.interval);
            shared.collect();
            // The collector may have forked, and the child has a thread of its own.
            if self.process != process::id() || self.is_stopped_by(next) {
                return;
            }
        }
    }

    /// Waits, and says whether it is to end.
    fn is_stopped_by(&self, time: Option<Instant>) -> bool {
        let mut is_stopped = unpoisoned(self.is_stopped.lock());
        while !*is_stopped {
            let left = time.map(|time| time.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return false;
            }
            // Nobody waits for longer than some systems can.
            let left = left.unwrap_or(Duration::MAX).min(Duration::from_secs(3_600));
            let waited = self.stops.wait_timeout(is_stopped, left);
            (is_stopped, _) = unpoisoned(waited);
        }
        true
    }

    fn stop(&self) {
        *unpoisoned(self.is_stopped.lock()) = true;
        self.stops.notify_one();
    }
}

impl<C: Collector> Collector for Cached<C> {
    fn describe(&self) -> Vec<Descriptor> {
        self.shared.collector.describe()
    }

    fn collect(&self, points: &mut Points<'_>) {
        match cfg!(target_family = "wasm") {
            // There are no threads.
            true => self.shared.collect(),
            false => self.start(),
        }
        if let Some(figures) = &*self.shared.figures.load() {
            points.push_all(&figures.given);
        }
    }

    fn background(&self) -> Option<Background> {
        let shared = &*self.shared;
        let at = shared.figures.load().as_ref().map_or(shared.since, |figures| figures.at);
        Some(Background {
            title: std::any::type_name::<C>(),
            age: clock::now().saturating_sub(at),
            panics: shared.panics.load(Ordering::Relaxed),
        })
    }
}

impl<C: Collector> Drop for Cached<C> {
    fn drop(&mut self) {
        let runner = self.runner.load();
        // One of another process may have been at its lock when that forked.
        if runner.process == process::id() {
            runner.stop();
        }
    }
}

impl<C: Collector> fmt::Debug for Cached<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached").field("interval", &self.shared.interval).finish_non_exhaustive()
    }
}
