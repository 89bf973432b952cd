//! Values that could not be stored.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Set by the first one, so that a gather need not ask every metric for what nearly never happens.
static IS_ANY: AtomicBool = AtomicBool::new(false);

/// Whether any metric of the process has rejected a value.
pub(crate) fn is_any_rejected() -> bool {
    IS_ANY.load(Ordering::Relaxed)
}

/// How many values a metric has rejected.
#[derive(Debug)]
pub struct Rejected {
    count: AtomicU64,
}

impl Rejected {
    pub(crate) const fn new() -> Self {
        Rejected { count: AtomicU64::new(0) }
    }

    #[cold]
    pub(crate) fn count(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
        IS_ANY.store(true, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}
