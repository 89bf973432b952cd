//! Isolations: what a thread counts and reads within one is separate from everything else.
//!
//! They are for tests, and need the feature `testing`. Without it, a thread is never in one, and
//! the compiler removes all of this.

/// Whether there can be isolations.
pub(crate) const IS_POSSIBLE: bool = cfg!(feature = "testing");

#[cfg(feature = "testing")]
#[path = "isolation/on.rs"]
mod state;
#[cfg(not(feature = "testing"))]
#[path = "isolation/off.rs"]
mod state;

#[cfg(feature = "testing")]
pub(crate) use state::IsolationState;
pub(crate) use state::{Context, Home, Identity, Number, is_in, of, time_offset};
