//! Values that a metric cannot store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::isolation::{self, Identity};

/// Set by the first rejected value, so that a gather need not ask every metric for what is rare.
static IS_ANY: AtomicBool = AtomicBool::new(false);

/// Returns whether any metric of the process has rejected a value.
pub(crate) fn is_any_rejected() -> bool {
    IS_ANY.load(Ordering::Relaxed)
}

/// The number of values that a metric has rejected.
#[derive(Debug)]
pub struct Rejected {
    count: AtomicU64,
    identity: Identity,
}

impl Rejected {
    pub(crate) const fn new() -> Self {
        Rejected { count: AtomicU64::new(0), identity: Identity::new() }
    }

    #[cold]
    pub(crate) fn count(&self) {
        match self.isolated() {
            Some(count) => count.fetch_add(1, Ordering::Relaxed),
            None => self.count.fetch_add(1, Ordering::Relaxed),
        };
        IS_ANY.store(true, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.isolated()
            .map_or_else(|| self.count.load(Ordering::Relaxed), |it| it.load(Ordering::Relaxed))
    }

    /// Returns the count of the isolation that this thread is in.
    fn isolated(&self) -> Option<Arc<AtomicU64>> {
        isolation::of(self.identity.number(), || AtomicU64::new(0))
    }
}
