//! The clock of the process, which tests can advance.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use measurand::__private_0_1::advance_clock;

/// The right to advance the clock of the process, or to rely on it. One test at a time has it;
/// tests that do neither need not take it.
#[derive(Debug)]
pub struct Clock {
    _only: MutexGuard<'static, ()>,
}

impl Clock {
    /// Takes the clock, after waiting until no other test has it.
    pub fn take() -> Clock {
        static ONLY: Mutex<()> = Mutex::new(());
        Clock { _only: ONLY.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Advances the clock, which cannot be undone.
    pub fn advance(&self, by: Duration) {
        advance_clock(by);
    }
}
