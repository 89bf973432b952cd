//! Synchronization primitives, which loom replaces with its own in models, and how locks are taken.

#[cfg(not(measurand_loom))]
pub(crate) use arc_swap::ArcSwap;
#[cfg(not(measurand_loom))]
pub(crate) use once_cell::race::OnceBox;
#[cfg(not(measurand_loom))]
pub(crate) use std::hint::spin_loop;
#[cfg(not(measurand_loom))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
#[cfg(not(measurand_loom))]
pub(crate) use std::sync::{Mutex, OnceLock};
#[cfg(not(measurand_loom))]
pub(crate) use std::thread::yield_now;

#[cfg(measurand_loom)]
pub(crate) use loom::hint::spin_loop;
#[cfg(measurand_loom)]
pub(crate) use loom::sync::Mutex;
#[cfg(measurand_loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
#[cfg(measurand_loom)]
pub(crate) use loom::thread::yield_now;

#[cfg(measurand_loom)]
pub(crate) use stand_ins::{ArcSwap, OnceBox, OnceLock};

/// Returns the guard of a lock, even if a thread panicked while holding it: the guarded values of this
/// crate are consistent between any two statements, so no panic leaves one half changed.
#[cfg(not(measurand_loom))]
pub(crate) fn unpoisoned<T>(result: std::sync::LockResult<T>) -> T {
    result.unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Primitives that loom lacks, built from those that it has.
#[cfg(measurand_loom)]
mod stand_ins {
    use std::sync::Arc;

    use super::Mutex;

    #[derive(Debug)]
    pub(crate) struct ArcSwap<T>(Mutex<Arc<T>>);

    impl<T> ArcSwap<T> {
        pub(crate) fn from_pointee(value: T) -> Self {
            ArcSwap(Mutex::new(Arc::new(value)))
        }

        pub(crate) fn new(value: Arc<T>) -> Self {
            ArcSwap(Mutex::new(value))
        }

        pub(crate) fn load(&self) -> Arc<T> {
            self.load_full()
        }

        pub(crate) fn load_full(&self) -> Arc<T> {
            self.0.lock().unwrap().clone()
        }

        pub(crate) fn swap(&self, value: Arc<T>) -> Arc<T> {
            std::mem::replace(&mut self.0.lock().unwrap(), value)
        }
    }

    /// Keeps the first of the values that are set at the same time.
    #[derive(Debug)]
    pub(crate) struct OnceBox<T: 'static>(OnceLock<T>);

    impl<T> OnceBox<T> {
        pub(crate) fn new() -> Self {
            OnceBox(OnceLock::new())
        }

        pub(crate) fn get(&self) -> Option<&'static T> {
            self.0.get()
        }

        pub(crate) fn get_or_init(&self, make: impl FnOnce() -> Box<T>) -> &'static T {
            if self.get().is_none() {
                let _ = self.0.set(*make());
            }
            self.get().expect("it was set")
        }
    }

    /// Leaks its value, since readers borrow it.
    #[derive(Debug)]
    pub(crate) struct OnceLock<T: 'static>(Mutex<Option<&'static T>>);

    impl<T> OnceLock<T> {
        pub(crate) fn new() -> Self {
            OnceLock(Mutex::new(None))
        }

        pub(crate) fn get(&self) -> Option<&'static T> {
            *self.0.lock().unwrap()
        }

        pub(crate) fn set(&self, value: T) -> Result<(), T> {
            let mut slot = self.0.lock().unwrap();
            match *slot {
                Some(_) => Err(value),
                None => {
                    *slot = Some(Box::leak(Box::new(value)));
                    Ok(())
                }
            }
        }
    }
}
