//! Which process this is: a child that was forked starts with its parent's memory, but without its
//! threads.

use std::sync::atomic::{AtomicU32, Ordering};

/// The process that asked last; 0 before anyone did.
static LAST: AtomicU32 = AtomicU32::new(0);

/// How often the memory of this process was found in a new one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// How many forks were noticed on the way to this process. It is no call of the system.
#[cfg(all(feature = "summary", not(measurand_loom)))]
pub(crate) fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// The number of this process, which is never 0. The system is asked each time, so this is nothing
/// for an update.
pub(crate) fn id() -> u32 {
    // Where there are no processes, none is forked.
    if cfg!(target_family = "wasm") { 1 } else { std::process::id().max(1) }
}

/// Whether this process was forked from the one that asked last. Only the first one who asks in a
/// new process is told so.
pub(crate) fn is_forked() -> bool {
    let id = id();
    let last = LAST.load(Ordering::Relaxed);
    let is_new = last != id && LAST.swap(id, Ordering::AcqRel) != id && last != 0;
    if is_new {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    is_new
}
