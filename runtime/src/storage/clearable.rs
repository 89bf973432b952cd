//! A count that is taken back to zero while others add to it.

use crate::sync::{AtomicU64, Ordering};

/// What was counted stays: clearing remembers what it was, and readings take that away.
pub(crate) struct Clearable {
    count: AtomicU64,
    cleared: AtomicU64,
}

impl Clearable {
    pub(crate) fn new() -> Self {
        Clearable { count: AtomicU64::new(0), cleared: AtomicU64::new(0) }
    }

    /// Adds one, and gives how many there were.
    #[inline]
    pub(crate) fn inc(&self) -> u64 {
        // Release orders an ending after its start, for who reads endings first.
        self.count.fetch_add(1, Ordering::Release)
    }

    /// How many were ever counted.
    pub(crate) fn ever(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// How many were counted since it was cleared.
    pub(crate) fn since_cleared(&self) -> u64 {
        // What was cleared is read first: what is counted then is never less.
        let cleared = self.cleared.load(Ordering::Acquire);
        self.ever().wrapping_sub(cleared)
    }

    pub(crate) fn clear(&self) {
        // Another thread may clear it too, and have seen more. Whoever sees that so many were
        // cleared sees that so many were counted.
        self.cleared.fetch_max(self.ever(), Ordering::AcqRel);
    }
}
