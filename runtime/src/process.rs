//! The current process. A forked child starts with its parent's memory, but without its threads.

use std::sync::atomic::{AtomicU32, Ordering};

/// The process that called last; 0 before the first call.
static LAST: AtomicU32 = AtomicU32::new(0);

/// The number of forks that were noticed on the way to this process.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Returns the number of forks that were noticed on the way to this process, without a system call.
#[cfg(all(feature = "summary", not(measurand_loom)))]
pub(crate) fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Returns the ID of this process, which is never 0. It makes a system call, so it is too slow for
/// updates.
pub(crate) fn id() -> u32 {
    // Without processes, there are no forks.
    if cfg!(target_family = "wasm") { 1 } else { std::process::id().max(1) }
}

/// Returns whether this process was forked from the one that called last. Only the first call in a
/// new process returns `true`.
pub(crate) fn is_forked() -> bool {
    let id = id();
    let last = LAST.load(Ordering::Relaxed);
    let is_new = last != id && LAST.swap(id, Ordering::AcqRel) != id && last != 0;
    if is_new {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    is_new
}
