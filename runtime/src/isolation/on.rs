//! Isolations where there are some.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::sync::unpoisoned;

/// What tells a part from others that are kept apart.
pub(crate) struct Identity(AtomicU64);

/// The number of an [`Identity`]; none is 0.
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

    /// Its number, which nothing else has had, whatever was in its place in memory before.
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
        f.write_str("Identity")
    }
}

/// What an isolation holds.
pub(crate) struct World {
    number: u64,
    parts: Mutex<Parts>,
    time: Mutex<Time>,
}

/// By the identity of what they stand for, and their type.
type Parts = HashMap<(Number, TypeId), Arc<dyn Any + Send + Sync>>;

#[derive(Default)]
struct Time {
    /// By how much it was moved.
    moved: Duration,
    /// Since when it stands still, if it does.
    paused: Option<Instant>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<World>>> = const { RefCell::new(None) };
    /// Whether this thread looks at its isolation. What an allocator counts from there is not in it.
    static IS_LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// This thread's isolation, if it is in one.
fn current() -> Option<Arc<World>> {
    CURRENT.try_with(|current| current.try_borrow().ok()?.clone()).ok().flatten()
}

/// Shows this thread's isolation, if it is in one and does not look at it already.
fn look<R>(show: impl FnOnce(&World) -> R) -> Option<R> {
    if IS_LOOKING.get() {
        return None;
    }
    let world = current()?;
    struct Looking;
    impl Drop for Looking {
        fn drop(&mut self) {
            IS_LOOKING.set(false);
        }
    }
    IS_LOOKING.set(true);
    let _looking = Looking;
    Some(show(&world))
}

/// Whether this thread is in an isolation.
pub(crate) fn is_in() -> bool {
    let is_in = |current: &RefCell<Option<_>>| current.try_borrow().is_ok_and(|it| it.is_some());
    !IS_LOOKING.get() && CURRENT.try_with(is_in).unwrap_or_default()
}

/// What stands for a thing in this thread's isolation, made by `make` if it is wanted for the first time.
/// Nothing if the thread is in none.
pub(crate) fn of<T: Any + Send + Sync>(number: Number, make: impl FnOnce() -> T) -> Option<Arc<T>> {
    look(|world| {
        let key = (number, TypeId::of::<T>());
        let found = world.parts().get(&key).cloned();
        // Whatever it does, nobody waits for it.
        let part = found.unwrap_or_else(|| {
            let made: Arc<dyn Any + Send + Sync> = Arc::new(make());
            world.parts().entry(key).or_insert(made).clone()
        });
        part.downcast::<T>().ok()
    })?
}

/// By how much the time of this thread's isolation is ahead, and since when it stands still, if it does.
pub(crate) fn moved() -> Option<(Duration, Option<Instant>)> {
    let world = current()?;
    let time = world.time();
    Some((time.moved, time.paused))
}

impl World {
    pub(crate) fn new() -> Arc<World> {
        let (parts, time) = (Mutex::default(), Mutex::default());
        Arc::new(World { number: next_number(), parts, time })
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        unpoisoned(self.parts.lock())
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        unpoisoned(self.time.lock())
    }

    /// Moves its time forward.
    pub(crate) fn advance(&self, by: Duration) {
        let mut time = self.time();
        time.moved = time.moved.saturating_add(by);
    }

    /// From now on its time stands still, but for [`advance`](World::advance).
    pub(crate) fn pause(&self) {
        self.time().paused.get_or_insert_with(Instant::now);
    }
}

/// The isolation that a thread was in, or that it was in none.
#[derive(Clone, Default)]
pub(crate) struct Context(Option<Arc<World>>);

impl Context {
    /// That of this thread now.
    pub(crate) fn here() -> Context {
        Context(current())
    }

    pub(crate) fn of(world: &Arc<World>) -> Context {
        Context(Some(world.clone()))
    }

    pub(crate) fn into_world(self) -> Option<Arc<World>> {
        self.0
    }

    /// Puts this thread there, and says where it was.
    pub(crate) fn swap(self) -> Context {
        let swap = |current: &RefCell<Option<_>>| {
            let mut current = current.try_borrow_mut().ok()?;
            std::mem::replace(&mut *current, self.0)
        };
        Context(CURRENT.try_with(swap).ok().flatten())
    }

    /// Does this thread's work there.
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
        f.write_str("Context")
    }
}

/// Where a thing was found that a thread of another isolation may use: it stands for another one there.
pub(crate) struct Home<T> {
    /// The isolation; 0 if it was none.
    isolation: u64,
    identity: Number,
    /// What it is where there is no isolation.
    outside: T,
}

impl<T: Clone> Home<T> {
    pub(crate) fn here(identity: Number, outside: impl FnOnce() -> T) -> Home<T> {
        Home { isolation: here(), identity, outside: outside() }
    }

    /// Whether this thread is somewhere else.
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

/// The number of this thread's isolation; 0 if it is in none.
fn here() -> u64 {
    current().map_or(0, |world| world.number)
}
