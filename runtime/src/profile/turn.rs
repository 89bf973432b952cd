//! Limiting profiles to one at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{fmt, thread};

use tokio::sync::oneshot;

/// Why there is no profile.
#[derive(Debug)]
pub(super) enum Refused {
    /// Another one is being taken.
    Busy,
    /// Such a profile is not available in this process.
    #[cfg(feature = "profile-heap")]
    Unavailable(&'static str),
    Failed(String),
}

impl Refused {
    pub(super) fn failed(error: impl fmt::Display) -> Refused {
        Refused::Failed(error.to_string())
    }
}

static IS_BUSY: AtomicBool = AtomicBool::new(false);

/// The right to take a profile, until this is dropped.
pub(super) struct Turn {
    _private: (),
}

impl Turn {
    pub(super) fn take() -> Result<Turn, Refused> {
        match IS_BUSY.swap(true, Ordering::Acquire) {
            false => Ok(Turn { _private: () }),
            true => Err(Refused::Busy),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        IS_BUSY.store(false, Ordering::Release);
    }
}

/// Runs slow work on a separate thread.
pub(super) async fn on_a_thread(
    work: impl FnOnce() -> Result<Vec<u8>, Refused> + Send + 'static,
) -> Result<Vec<u8>, Refused> {
    let (send, result) = oneshot::channel();
    let work = move || drop(send.send(work()));
    let thread = thread::Builder::new().name("metrics-profile".to_owned()).spawn(work);
    thread.map_err(Refused::failed)?;
    // Nothing is sent if the work panics.
    result.await.unwrap_or_else(|_| Err(Refused::Failed("taking it panicked".to_owned())))
}
