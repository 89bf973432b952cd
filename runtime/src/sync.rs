//! The primitives that a model checker replaces by its own.

#[cfg(not(measurand_loom))]
pub(crate) use std::hint::spin_loop;
#[cfg(not(measurand_loom))]
pub(crate) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
#[cfg(not(measurand_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};
#[cfg(not(measurand_loom))]
pub(crate) use std::thread::yield_now;

#[cfg(measurand_loom)]
pub(crate) use loom::hint::spin_loop;
#[cfg(measurand_loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
#[cfg(measurand_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(measurand_loom)]
pub(crate) use loom::thread::yield_now;
