//! Collectors as a registry has them.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::claims::Claims;
use super::collector::{Background, Collector};
use super::conflict::Problem;
use super::given::{Given, Points};
use super::registered::{Handle, Numbered, Registered};
use crate::turn::Turn;
use crate::{isolation, process};

/// A collector in a registry.
pub(super) struct Registrant {
    pub(super) id: u64,
    collector: Arc<dyn Collector>,
    /// Its type, and its [`Registered`].
    handle: Handle,
    /// The name of its type.
    pub(super) title: &'static str,
    /// Who runs it: one thread at a time, save for what gathers inside of another collector.
    pub(super) turn: Turn,
    pub(super) panics: AtomicU64,
    /// How many gathers have left it out since it came too late.
    pub(super) timeouts: AtomicU64,
    /// How many runs nobody waits for any more, after the number of their process.
    late: AtomicU64,
    has_logged_panic: AtomicBool,
    has_logged_timeout: AtomicBool,
}

impl Registrant {
    pub(super) fn new<C: Collector>(collector: Arc<Numbered<C>>, handle: Handle) -> Registrant {
        Registrant {
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

    /// What it does by itself.
    pub(super) fn background(&self) -> Option<Background> {
        self.collector.background()
    }

    pub(super) fn is_of_type_of(&self, other: &Registrant) -> bool {
        self.handle.0 == other.handle.0
    }

    pub(super) fn registered<C: Collector>(&self) -> Option<Registered<C>> {
        Registered::from_handle(self.handle.1.upgrade()?)
    }

    /// Has it give its points, and says what has failed.
    pub(super) fn collect(
        &self,
        known: &Claims,
        given: &mut Given,
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
        // It may panic when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        Some(problem)
    }

    /// Counts that a gather leaves it out since it has come too late.
    pub(super) fn left_out(&self, limit: Duration) -> Problem {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
        let problem = Problem::CollectorLate { collector: self.title.to_owned(), limit };
        if !self.has_logged_timeout.swap(true, Ordering::Relaxed) {
            log::error!("{problem}");
        }
        problem
    }

    /// Whether it runs though nobody waits for it any more. A forked child does not have that thread.
    pub(super) fn is_late(&self) -> bool {
        late_of_this_process(self.late.load(Ordering::Acquire)) > 0
    }

    /// Nobody waits any more for a run of it.
    pub(super) fn begin_late(&self) {
        self.change_late(|late| late + 1);
    }

    /// That has come to an end.
    pub(super) fn end_late(&self) {
        self.change_late(|late| late.saturating_sub(1));
    }

    fn change_late(&self, change: impl Fn(u64) -> u64) {
        let process = u64::from(process::id()) << 32;
        let change = |late| Some(process | change(late_of_this_process(late)));
        // It never refuses.
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

/// The collectors that what a thread does is inside of, on whichever threads they run.
#[derive(Clone, Default)]
pub(super) struct Inside {
    ids: Arc<[u64]>,
    /// Until when these have time.
    pub(super) deadline: Option<Instant>,
    /// Where the thread is that gathers.
    pub(super) context: isolation::Context,
}

thread_local! {
    static INSIDE: RefCell<Inside> = RefCell::default();
}

impl Inside {
    /// What this thread is inside of.
    pub(super) fn of_this_thread() -> Inside {
        // A thread that ends has no more to come back to.
        let inside = INSIDE.try_with(|inside| inside.borrow().clone()).unwrap_or_default();
        Inside { context: isolation::Context::here(), ..inside }
    }

    pub(super) fn has(&self, id: u64) -> bool {
        self.ids.contains(&id)
    }

    /// Whether it is nothing.
    pub(super) fn is_outside(&self) -> bool {
        self.ids.is_empty()
    }

    /// The same and another one.
    pub(super) fn and(&self, id: u64, deadline: Option<Instant>) -> Inside {
        let ids = self.ids.iter().copied().chain([id]).collect();
        Inside { ids, deadline, context: self.context.clone() }
    }

    /// Makes it what this thread is inside of, until what is returned is dropped.
    fn enter(self) -> Entered {
        let swapped = INSIDE.try_with(|inside| inside.replace(self));
        Entered(swapped.unwrap_or_default())
    }
}

/// Back to what there was before.
struct Entered(Inside);

impl Drop for Entered {
    fn drop(&mut self) {
        let before = std::mem::take(&mut self.0);
        let _ = INSIDE.try_with(|inside| inside.replace(before));
    }
}
