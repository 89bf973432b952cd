//! The clock of the process, which tests move.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use measurand::__private_0_1::advance_clock;

/// The clock is one for the whole process, so one test at a time moves it or relies on it. A test that does
/// neither need not take it.
#[derive(Debug)]
pub struct Clock {
    _only: MutexGuard<'static, ()>,
}

impl Clock {
    /// Waits until no other test has it.
    pub fn take() -> Clock {
        static ONLY: Mutex<()> = Mutex::new(());
        Clock { _only: ONLY.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Moves it forward; nothing can take it back.
    pub fn advance(&self, by: Duration) {
        advance_clock(by);
    }
}
