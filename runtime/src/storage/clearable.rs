//! A count that can be reset to zero while other threads add to it.

use crate::sync::{AtomicU64, Ordering};

/// A count that never falls: clearing remembers its value, which readings then subtract.
pub(crate) struct Clearable {
    count: AtomicU64,
    cleared: AtomicU64,
}

impl Clearable {
    pub(crate) fn new() -> Self {
        Clearable { count: AtomicU64::new(0), cleared: AtomicU64::new(0) }
    }

    /// Adds one, and returns the previous count.
    #[inline]
    pub(crate) fn inc(&self) -> u64 {
        // Release orders an end after its start, for readers that load ends first.
        self.count.fetch_add(1, Ordering::Release)
    }

    /// Returns how many were ever counted.
    pub(crate) fn ever(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Returns how many were counted since the last clear.
    pub(crate) fn since_cleared(&self) -> u64 {
        // `cleared` is loaded first, so that the count loaded after it is never less.
        let cleared = self.cleared.load(Ordering::Acquire);
        self.ever().wrapping_sub(cleared)
    }

    pub(crate) fn clear(&self) {
        // Another thread may clear at the same time, and have seen a higher count. A reader that
        // sees the cleared count also sees the count it was taken from.
        self.cleared.fetch_max(self.ever(), Ordering::AcqRel);
    }
}
