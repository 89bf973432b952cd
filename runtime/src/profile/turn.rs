//! Limiting profiles to one at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{fmt, thread};

use tokio::sync::oneshot;

/// Why there is no profile.
#[derive(Debug)]
pub(super) enum ProfileRefused {
    /// Another one is being taken.
    Busy,
    /// Such a profile is not available in this process.
    #[cfg(feature = "profile-heap")]
    Unavailable(&'static str),
    Failed(String),
}

impl ProfileRefused {
    pub(super) fn failed(error: impl fmt::Display) -> ProfileRefused {
        ProfileRefused::Failed(error.to_string())
    }
}

static IS_BUSY: AtomicBool = AtomicBool::new(false);

/// The right to take a profile, until this is dropped.
pub(super) struct ProfileTurn {
    _private: (),
}

impl ProfileTurn {
    pub(super) fn take() -> Result<ProfileTurn, ProfileRefused> {
        match IS_BUSY.swap(true, Ordering::Acquire) {
            false => Ok(ProfileTurn { _private: () }),
            true => Err(ProfileRefused::Busy),
        }
    }
}

impl Drop for ProfileTurn {
    fn drop(&mut self) {
        IS_BUSY.store(false, Ordering::Release);
    }
}

/// Runs slow work on a separate thread.
pub(super) async fn on_a_thread(
    work: impl FnOnce() -> Result<Vec<u8>, ProfileRefused> + Send + 'static,
) -> Result<Vec<u8>, ProfileRefused> {
    let (send, result) = oneshot::channel();
    let work = move || drop(send.send(work()));
    let thread = thread::Builder::new().name("metrics-profile".to_owned()).spawn(work);
    thread.map_err(ProfileRefused::failed)?;
    // Nothing is sent if the work panics.
    result.await.unwrap_or_else(|_| Err(ProfileRefused::Failed("taking it panicked".to_owned())))
}
