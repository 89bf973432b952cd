//! A collector in a registry, with what is counted about it.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::claims::Claims;
use super::collector::{Background, Collector};
use super::conflict::Problem;
use super::points::{CollectorPoints, Points};
use super::registered::{Registered, RegistrationHandle, WithId};
use crate::turn::Turn;
use crate::{isolation, process};

/// A collector in a registry.
pub(super) struct RegisteredCollector {
    pub(super) id: u64,
    collector: Arc<dyn Collector>,
    /// Its type, and its registration.
    handle: RegistrationHandle,
    /// The name of its type.
    pub(super) title: &'static str,
    /// Held by the thread that runs it: one at a time, except for gathers inside another collector.
    pub(super) turn: Turn,
    pub(super) panics: AtomicU64,
    /// How many gathers left it out, since it did not finish in time.
    pub(super) timeouts: AtomicU64,
    /// The number of runs that no gather waits for any more, in the lower half; the process they
    /// belong to in the upper half.
    late: AtomicU64,
    has_logged_panic: AtomicBool,
    has_logged_timeout: AtomicBool,
}

impl RegisteredCollector {
    pub(super) fn new<C: Collector>(
        collector: Arc<WithId<C>>,
        handle: RegistrationHandle,
    ) -> RegisteredCollector {
        RegisteredCollector {
            id: collector.id,
            collector,
            handle,
            title: std::any::type_name::<C>(),
            turn: Turn::new(),
            panics: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
            late: AtomicU64::new(0),
            has_logged_panic: AtomicBool::new(false),
            has_logged_timeout: AtomicBool::new(false),
        }
    }

    /// Returns what is known of a collector that runs in the background.
    pub(super) fn background(&self) -> Option<Background> {
        self.collector.background()
    }

    pub(super) fn is_of_type_of(&self, other: &RegisteredCollector) -> bool {
        self.handle.0 == other.handle.0
    }

    pub(super) fn registered<C: Collector>(&self) -> Option<Registered<C>> {
        Registered::from_handle(self.handle.1.upgrade()?)
    }

    /// Runs the collector, and returns the problem if it panics.
    pub(super) fn collect(
        &self,
        known: &Claims,
        given: &mut CollectorPoints,
        inside: Inside,
    ) -> Option<Problem> {
        let _inside = inside.enter();
        let collect = || self.collector.collect(&mut Points::new(given, known));
        let payload = catch_unwind(AssertUnwindSafe(collect)).err()?;
        self.panics.fetch_add(1, Ordering::Relaxed);
        let problem = Problem::CollectorPanicked {
            collector: self.title.to_owned(),
            message: message_of(&*payload).to_owned(),
        };
        if !self.has_logged_panic.swap(true, Ordering::Relaxed) {
            log::error!("{problem}");
        }
        // Dropping the payload may panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        Some(problem)
    }

    /// Counts a gather that leaves it out, since it did not finish in time.
    pub(super) fn left_out(&self, limit: Duration) -> Problem {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
        let problem = Problem::CollectorLate { collector: self.title.to_owned(), limit };
        if !self.has_logged_timeout.swap(true, Ordering::Relaxed) {
            log::error!("{problem}");
        }
        problem
    }

    /// Returns whether a run is still going on that no gather waits for. A forked child does not
    /// have that thread.
    pub(super) fn is_late(&self) -> bool {
        late_of_this_process(self.late.load(Ordering::Acquire)) > 0
    }

    /// Notes that no gather waits for a run any more.
    pub(super) fn begin_late(&self) {
        self.change_late(|late| late + 1);
    }

    /// Notes that such a run has ended.
    pub(super) fn end_late(&self) {
        self.change_late(|late| late.saturating_sub(1));
    }

    fn change_late(&self, change: impl Fn(u64) -> u64) {
        let process = u64::from(process::id()) << 32;
        let change = |late| Some(process | change(late_of_this_process(late)));
        // The closure never returns `None`.
        let _ = self.late.fetch_update(Ordering::AcqRel, Ordering::Acquire, change);
    }
}

fn late_of_this_process(late: u64) -> u64 {
    if late >> 32 == u64::from(process::id()) { late & u64::from(u32::MAX) } else { 0 }
}

pub(crate) fn message_of(payload: &(dyn Any + Send)) -> &str {
    match payload.downcast_ref::<String>() {
        Some(message) => message,
        None => payload.downcast_ref::<&str>().copied().unwrap_or("it does not say why"),
    }
}

/// The collectors that a thread is inside of, perhaps running on other threads.
#[derive(Clone, Default)]
pub(super) struct Inside {
    ids: Arc<[u64]>,
    /// The deadline of the innermost one.
    pub(super) deadline: Option<Instant>,
    /// The isolation of the gathering thread.
    pub(super) context: isolation::Context,
}

thread_local! {
    static INSIDE: RefCell<Inside> = RefCell::default();
}

impl Inside {
    /// Returns what this thread is inside of.
    pub(super) fn of_this_thread() -> Inside {
        // The thread may be ending, and its thread-locals gone.
        let inside = INSIDE.try_with(|inside| inside.borrow().clone()).unwrap_or_default();
        Inside { context: isolation::Context::here(), ..inside }
    }

    pub(super) fn has(&self, id: u64) -> bool {
        self.ids.contains(&id)
    }

    /// Returns whether it is inside of no collector.
    pub(super) fn is_outside(&self) -> bool {
        self.ids.is_empty()
    }

    /// Adds a collector.
    pub(super) fn and(&self, id: u64, deadline: Option<Instant>) -> Inside {
        let ids = self.ids.iter().copied().chain([id]).collect();
        Inside { ids, deadline, context: self.context.clone() }
    }

    /// Sets this as what the thread is inside of, until the returned guard is dropped.
    fn enter(self) -> InsideGuard {
        let swapped = INSIDE.try_with(|inside| inside.replace(self));
        InsideGuard(swapped.unwrap_or_default())
    }
}

/// Restores the previous value when it is dropped.
struct InsideGuard(Inside);

impl Drop for InsideGuard {
    fn drop(&mut self) {
        let before = std::mem::take(&mut self.0);
        let _ = INSIDE.try_with(|inside| inside.replace(before));
    }
}
