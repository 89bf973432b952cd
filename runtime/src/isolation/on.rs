//! Isolations with the feature `testing`.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::sync::unpoisoned;

/// The identity of something that each isolation has separately.
pub(crate) struct Identity(AtomicU64);

/// The number of an [`Identity`], which is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Number(u64);

fn next_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl Identity {
    pub(crate) const fn new() -> Identity {
        Identity(AtomicU64::new(0))
    }

    /// Returns its number, which is never used again, even if another identity takes its place in
    /// memory.
    pub(crate) fn number(&self) -> Number {
        let number = self.0.load(Ordering::Relaxed);
        if number != 0 {
            return Number(number);
        }
        let fresh = next_number();
        let set = self.0.compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed);
        Number(set.err().unwrap_or(fresh))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// The contents of an isolation.
pub(crate) struct IsolationState {
    number: u64,
    parts: Mutex<Parts>,
    time: Mutex<Time>,
}

/// The parts by the identity of what they replace, and by their type.
type Parts = HashMap<(Number, TypeId), Arc<dyn Any + Send + Sync>>;

#[derive(Default)]
struct Time {
    /// The duration by which it was advanced.
    time_offset: Duration,
    /// When it was paused, if it is.
    paused: Option<Instant>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<IsolationState>>> = const { RefCell::new(None) };
    /// Whether this thread is using its isolation. What an allocator counts meanwhile is not in it.
    static IS_LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// Returns this thread's isolation, if it is in one.
fn current() -> Option<Arc<IsolationState>> {
    CURRENT.try_with(|current| current.try_borrow().ok()?.clone()).ok().flatten()
}

/// Calls `show` with this thread's isolation, if it is in one and not using it already.
fn look<R>(show: impl FnOnce(&IsolationState) -> R) -> Option<R> {
    if IS_LOOKING.get() {
        return None;
    }
    let state = current()?;
    struct Looking;
    impl Drop for Looking {
        fn drop(&mut self) {
            IS_LOOKING.set(false);
        }
    }
    IS_LOOKING.set(true);
    let _looking = Looking;
    Some(show(&state))
}

/// Returns whether this thread is in an isolation.
pub(crate) fn is_in() -> bool {
    let is_in = |current: &RefCell<Option<_>>| current.try_borrow().is_ok_and(|it| it.is_some());
    !IS_LOOKING.get() && CURRENT.try_with(is_in).unwrap_or_default()
}

/// Returns what replaces something in this thread's isolation, created by `make` at the first call.
/// `None` if the thread is in no isolation.
pub(crate) fn of<T: Any + Send + Sync>(number: Number, make: impl FnOnce() -> T) -> Option<Arc<T>> {
    look(|state| {
        let key = (number, TypeId::of::<T>());
        let found = state.parts().get(&key).cloned();
        // Not under the lock, since `make` may do anything.
        let part = found.unwrap_or_else(|| {
            let made: Arc<dyn Any + Send + Sync> = Arc::new(make());
            state.parts().entry(key).or_insert(made).clone()
        });
        part.downcast::<T>().ok()
    })?
}

/// Returns by how much the time of this thread's isolation is ahead, and when it was paused, if it
/// is.
pub(crate) fn time_offset() -> Option<(Duration, Option<Instant>)> {
    let state = current()?;
    let time = state.time();
    Some((time.time_offset, time.paused))
}

impl IsolationState {
    pub(crate) fn new() -> Arc<IsolationState> {
        let (parts, time) = (Mutex::default(), Mutex::default());
        Arc::new(IsolationState { number: next_number(), parts, time })
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        unpoisoned(self.parts.lock())
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        unpoisoned(self.time.lock())
    }

    /// Advances its time.
    pub(crate) fn advance(&self, by: Duration) {
        let mut time = self.time();
        time.time_offset = time.time_offset.saturating_add(by);
    }

    /// Pauses its time, which then only moves by [`advance`](IsolationState::advance).
    pub(crate) fn pause(&self) {
        self.time().paused.get_or_insert_with(Instant::now);
    }
}

/// The isolation of a thread at some moment, if it was in one.
#[derive(Clone, Default)]
pub(crate) struct Context(Option<Arc<IsolationState>>);

impl Context {
    /// Returns that of this thread.
    pub(crate) fn here() -> Context {
        Context(current())
    }

    pub(crate) fn of(state: &Arc<IsolationState>) -> Context {
        Context(Some(state.clone()))
    }

    pub(crate) fn into_state(self) -> Option<Arc<IsolationState>> {
        self.0
    }

    /// Moves this thread into the isolation, and returns the previous one.
    pub(crate) fn swap(self) -> Context {
        let swap = |current: &RefCell<Option<_>>| {
            let mut current = current.try_borrow_mut().ok()?;
            std::mem::replace(&mut *current, self.0)
        };
        Context(CURRENT.try_with(swap).ok().flatten())
    }

    /// Runs `work` in the isolation.
    pub(crate) fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        struct Back(Context);
        impl Drop for Back {
            fn drop(&mut self) {
                drop(std::mem::take(&mut self.0).swap());
            }
        }
        let _back = Back(self.clone().swap());
        work()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// Where something was found that threads of other isolations may use, which have their own.
pub(crate) struct Home<T> {
    /// The number of the isolation; 0 if there was none.
    isolation: u64,
    identity: Number,
    /// What is used outside isolations.
    outside: T,
}

impl<T: Clone> Home<T> {
    pub(crate) fn here(identity: Number, outside: impl FnOnce() -> T) -> Home<T> {
        Home { isolation: here(), identity, outside: outside() }
    }

    /// Returns whether this thread is in another isolation.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.isolation != here()
    }

    pub(crate) fn identity(&self) -> Number {
        self.identity
    }

    pub(crate) fn outside(&self) -> Option<&T> {
        Some(&self.outside)
    }
}

impl<T: Clone> Clone for Home<T> {
    fn clone(&self) -> Self {
        Home { outside: self.outside.clone(), ..*self }
    }
}

/// Returns the number of this thread's isolation; 0 if it is in none.
fn here() -> u64 {
    current().map_or(0, |state| state.number)
}
