//! Turns: rights that one thread at a time has, however the thread before it has ended.
//!
//! A mutex that a thread holds while the process forks stays locked in the child, where that thread
//! does not exist. A [`Turn`] records the process of its holder, so that a child can take it over,
//! and waiting for a thread that stands still has a timeout.

use crate::sync::{ArcSwap, AtomicU32, Mutex, Ordering, spin_loop, yield_now};
use crate::{clock, process};
use std::sync::Arc;
use std::time::Duration;

/// The right to do something, which one thread at a time has.
#[derive(Debug)]
pub(crate) struct Turn {
    /// The process whose thread has the turn; [`FREE`] if none has.
    holder: AtomicU32,
}

const FREE: u32 = 0;

/// How long an update or a registration waits. Nothing takes this long: a thread that holds a turn
/// for longer stands still.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A turn that this thread has, until this is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Taken<'a> {
    turn: &'a Turn,
    /// Whether it was taken over from a thread that does not exist in this process, which may have
    /// left its work half done.
    pub(crate) is_inherited: bool,
}

impl Turn {
    pub(crate) fn new() -> Self {
        Turn { holder: AtomicU32::new(FREE) }
    }

    /// Waits for the turn, at most for `patience`.
    pub(crate) fn take(&self, patience: Duration) -> Option<Taken<'_>> {
        let process = process::id();
        let mut tries = 0u32;
        let mut started = None;
        loop {
            let holder = self.holder.load(Ordering::Relaxed);
            let is_inherited = holder != FREE && holder != process;
            if holder == FREE || is_inherited {
                // This holder sees what the last one did.
                let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
                if self.holder.compare_exchange(holder, process, success, failure).is_ok() {
                    return Some(Taken { turn: self, is_inherited });
                }
            }
            tries += 1;
            match tries {
                0..100 => spin_loop(),
                100..200 => yield_now(),
                _ => {
                    let now = clock::now();
                    if now.saturating_sub(*started.get_or_insert(now)) >= patience {
                        return None;
                    }
                    clock::sleep(Duration::from_micros(u64::from(tries.min(1_000))));
                }
            }
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.turn.holder.store(FREE, Ordering::Release);
    }
}

/// A value that one thread at a time changes. Whatever `work` removes from it should be returned,
/// so that no user's value is dropped before the next thread may continue.
pub(crate) struct Guarded<T> {
    turn: Turn,
    value: ArcSwap<Mutex<T>>,
}

impl<T: Default> Default for Guarded<T> {
    fn default() -> Self {
        Guarded::new(T::default())
    }
}

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Guarded { turn: Turn::new(), value: ArcSwap::from_pointee(Mutex::new(value)) }
    }

    /// Calls `work` during this thread's turn; returns `None` if that takes too long. If the value
    /// is locked by a thread that did not survive a fork, it is replaced with `another`.
    pub(crate) fn with<R>(
        &self,
        patience: Duration,
        another: impl FnOnce() -> T,
        work: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let _turn = self.turn.take(patience)?;
        let value = self.value.load_full();
        // During this thread's turn, no other thread of this process holds the lock.
        if let Ok(mut value) = value.try_lock().or_else(|error| match error {
            std::sync::TryLockError::Poisoned(poisoned) => Ok(poisoned.into_inner()),
            error @ std::sync::TryLockError::WouldBlock => Err(error),
        }) {
            return Some(work(&mut value));
        }
        let value = Arc::new(Mutex::new(another()));
        let done = value.lock().ok().map(|mut value| work(&mut value));
        // The missing thread may have left the old value half changed, so it must not be touched
        // again, not even to drop it.
        std::mem::forget(self.value.swap(value));
        done
    }
}

#[cfg(all(test, not(measurand_loom)))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn one_thread_at_a_time_has_a_turn() {
        let counted = Guarded::new(0u64);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        let count = |count: &mut u64| *count += 1;
                        counted.with(PATIENCE, || 0, count).expect("nobody stands still");
                    }
                });
            }
        });
        assert_eq!(counted.with(PATIENCE, || 0, |count| *count), Some(4_000));
    }

    #[test]
    fn waiting_has_an_end() {
        let turn = Turn::new();
        let held = turn.take(Duration::ZERO).expect("it is free");
        assert!(turn.take(Duration::from_millis(5)).is_none());
        drop(held);
        assert!(!turn.take(Duration::ZERO).expect("it is free again").is_inherited);
    }

    #[test]
    fn a_turn_of_another_process_is_taken_over() {
        let turn = Turn::new();
        turn.holder.store(u32::MAX, Ordering::Relaxed);
        assert!(turn.take(Duration::ZERO).expect("its holder is no more").is_inherited);
        assert!(!turn.take(Duration::ZERO).expect("it is free").is_inherited);
    }

    #[test]
    fn a_value_whose_holder_is_no_more_has_another_in_its_place() {
        let guarded = Guarded::new(1);
        let value = guarded.value.load_full();
        let held = value.lock();
        assert_eq!(guarded.with(PATIENCE, || 7, |value| *value), Some(7));
        drop(held);
        assert_eq!(guarded.with(PATIENCE, || 9, |value| *value), Some(7));
    }
}
