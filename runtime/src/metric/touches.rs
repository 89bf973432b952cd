//! Whether a series was ever updated, and whether recently.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something was updated, if its value does not tell: it may be set to 0.
#[derive(Debug)]
pub struct Touches {
    is_any: AtomicBool,
    /// Set by every update, and unset by each check.
    is_fresh: AtomicBool,
}

impl Touches {
    pub(super) const fn new() -> Self {
        Touches { is_any: AtomicBool::new(false), is_fresh: AtomicBool::new(false) }
    }

    #[inline]
    pub(super) fn touch(&self) {
        // Stored only once, so that later updates only read.
        if !self.is_any.load(Ordering::Relaxed) {
            self.is_any.store(true, Ordering::Release);
        }
        if !self.is_fresh.load(Ordering::Relaxed) {
            self.is_fresh.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_any(&self) -> bool {
        self.is_any.load(Ordering::Acquire)
    }

    /// Returns whether there was an update since the last call.
    pub(super) fn take_fresh(&self) -> bool {
        self.is_fresh.swap(false, Ordering::Relaxed)
    }

    /// Forgets all updates.
    pub(super) fn forget(&self) {
        self.is_any.store(false, Ordering::Relaxed);
    }
}
