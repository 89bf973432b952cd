//! Whether a series was ever updated, and of late.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something was updated, where its value does not tell: it may be set to 0.
#[derive(Debug)]
pub struct Touches {
    is_any: AtomicBool,
    /// Set by every update, and taken away by who asks whether there was one.
    is_fresh: AtomicBool,
}

impl Touches {
    pub(super) const fn new() -> Self {
        Touches { is_any: AtomicBool::new(false), is_fresh: AtomicBool::new(false) }
    }

    #[inline]
    pub(super) fn touch(&self) {
        // Written once, so that it is read from then on.
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

    /// Whether there was an update since this was asked last.
    pub(super) fn take_fresh(&self) -> bool {
        self.is_fresh.swap(false, Ordering::Relaxed)
    }

    /// As if there had never been one.
    pub(super) fn forget(&self) {
        self.is_any.store(false, Ordering::Relaxed);
    }
}
