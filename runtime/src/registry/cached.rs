//! Collectors that run in the background, so that no scrape waits for them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::claims::Claims;
use super::collector::{Background, Collector};
use super::points::{CollectorPoints, Points};
use super::registered_collector::message_of;
use crate::descriptor::Descriptor;
use crate::sync::unpoisoned;
use crate::turn::Turn;
use crate::{clock, process};

/// A collector that runs at an interval on its own thread; a scrape shows the latest result and
/// never waits.
///
/// Use it for what takes long: a database query, a directory walk, a call to another machine. For
/// anything fast a plain [`Collector`] is better, since its values are those of the moment of the
/// scrape.
///
/// Its families are absent until the first result is there. If the collector panics or hangs, its
/// last result stays. `measurand_cached_age_seconds`, labelled with the type of the collector, is
/// the age of that result, or the time since creation while there is none: an alert at a few times
/// the interval finds both cases. Panics are counted in `measurand_collector_panics_total`, and the
/// first one is logged.
///
/// Dropping this tells the thread to end, without waiting for it. A forked child starts its own
/// thread at its next gather.
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
    /// Held while the thread is started.
    turn: Turn,
}

/// What the thread shares with scrapes.
struct Shared<C> {
    collector: C,
    interval: Duration,
    figures: ArcSwapOption<CachedPoints>,
    /// When this was created: the age while there is no result counts from here.
    since: Duration,
    panics: AtomicU64,
    has_logged: AtomicBool,
}

struct CachedPoints {
    given: CollectorPoints,
    /// When they were collected.
    at: Duration,
}

/// A collecting thread, or one that has ended.
#[derive(Default)]
struct Runner {
    /// The process that the thread belongs to: a forked child does not have it.
    process: u32,
    is_stopped: Mutex<bool>,
    stops: Condvar,
}

/// The shortest interval, so that no thread is always busy.
const SHORTEST: Duration = Duration::from_millis(1);

impl<C: Collector> Cached<C> {
    /// Runs `collector` every `interval`, starting now.
    ///
    /// A run that takes longer than the interval is directly followed by the next one. Intervals
    /// below a millisecond are raised to that.
    pub fn every(interval: Duration, collector: C) -> Cached<C> {
        let shared = Shared {
            collector,
            interval: interval.max(SHORTEST),
            figures: ArcSwapOption::empty(),
            since: clock::now(),
            panics: AtomicU64::new(0),
            has_logged: AtomicBool::new(false),
        };
        // The default belongs to no process.
        let runner = ArcSwap::default();
        let cached = Cached { shared: Arc::new(shared), runner, turn: Turn::new() };
        cached.start();
        cached
    }

    /// Starts the thread unless this process already has one.
    fn start(&self) {
        let process = process::id();
        if self.runner.load().process == process {
            return;
        }
        // Only one thread starts it; another one that comes here meanwhile goes on.
        let Some(_turn) = self.turn.take(Duration::ZERO) else { return };
        if self.runner.load().process == process {
            return;
        }
        let runner = Arc::new(Runner { process, ..Runner::default() });
        let (shared, of_thread) = (self.shared.clone(), runner.clone());
        let thread = thread::Builder::new().name("measurand-cached".to_owned());
        // If no thread can be spawned, the next gather tries again.
        if !cfg!(target_family = "wasm") && thread.spawn(move || of_thread.run(&*shared)).is_ok() {
            self.runner.store(runner);
        }
    }
}

impl<C: Collector> Shared<C> {
    fn collect(&self) {
        let at = clock::now();
        let (mut given, known) = (CollectorPoints::default(), Claims::default());
        let collect = || self.collector.collect(&mut Points::new(&mut given, &known));
        let Err(payload) = catch_unwind(AssertUnwindSafe(collect)) else {
            // An incomplete result is not shown.
            if given.shortage().is_ok() {
                self.figures.store(Some(Arc::new(CachedPoints { given, at })));
            }
            return;
        };
        self.panics.fetch_add(1, Ordering::Relaxed);
        if !self.has_logged.swap(true, Ordering::Relaxed) {
            let (title, message) = (std::any::type_name::<C>(), message_of(&*payload));
            log::error!("collector `{title}` panicked; its last result stays: {message}");
        }
        // Dropping the payload may panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
}

impl Runner {
    fn run<C: Collector>(&self, shared: &Shared<C>) {
        loop {
            let next = Instant::now().checked_add(shared.interval);
            shared.collect();
            // The collector may have forked. The child starts its own thread.
            if self.process != process::id() || self.is_stopped_by(next) {
                return;
            }
        }
    }

    /// Waits until `time`, and returns whether the thread was told to end.
    fn is_stopped_by(&self, time: Option<Instant>) -> bool {
        let mut is_stopped = unpoisoned(self.is_stopped.lock());
        while !*is_stopped {
            let left = time.map(|time| time.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return false;
            }
            // Capped, since some systems do not support longer waits.
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
            // There are no threads on `wasm`.
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
        // The lock of another process's thread may have been held at the fork.
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
