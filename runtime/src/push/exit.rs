//! A push that is done only once.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use ureq::http::Method;

use super::{PushError, Pushgateway};
use crate::sync::unpoisoned;

/// How long a push may take in addition to the time limit of its destination, for gathering.
const GATHERING: Duration = Duration::from_secs(20);

/// A push that is done once, by whoever comes first.
pub(super) struct Exit {
    gateway: Pushgateway,
    method: Method,
    state: Mutex<ExitState>,
    changed: Condvar,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ExitState {
    Waiting,
    Pushing,
    Done,
}

impl Exit {
    pub(super) fn new(gateway: Pushgateway, method: Method) -> Exit {
        Exit { gateway, method, state: Mutex::new(ExitState::Waiting), changed: Condvar::new() }
    }

    /// Pushes, unless that was done already. If another thread is pushing, this waits for it, since
    /// the process may end afterwards.
    pub(super) fn once(&self) -> Option<Result<(), PushError>> {
        let mut state = self.lock();
        match *state {
            ExitState::Waiting => *state = ExitState::Pushing,
            ExitState::Pushing => {
                let longest = self.gateway.destination.time_limit().saturating_add(GATHERING);
                let is_pushing = |state: &mut ExitState| *state == ExitState::Pushing;
                drop(self.changed.wait_timeout_while(state, longest, is_pushing));
                return None;
            }
            ExitState::Done => return None,
        }
        drop(state);
        // This may run while a panic unwinds, and a second panic would abort.
        let pushed = catch_unwind(AssertUnwindSafe(|| self.gateway.send(self.method.clone())));
        *self.lock() = ExitState::Done;
        self.changed.notify_all();
        match pushed {
            Ok(pushed) => Some(pushed),
            Err(_) => {
                log::error!("the metrics are not pushed, since gathering them panicked");
                None
            }
        }
    }

    pub(super) fn once_logged(&self) {
        if let Some(Err(error)) = self.once() {
            log::error!("the metrics of the job could not be pushed: {error}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, ExitState> {
        unpoisoned(self.state.lock())
    }
}

impl fmt::Debug for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exit")
            .field("gateway", &self.gateway)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
