//! Isolations: what a thread counts and reads while it is in one is apart from everything else.
//!
//! They are for tests (the feature `testing`). Without the feature no thread is ever in one, the compiler
//! knows it, and nothing of this is left.

/// Whether there are any.
pub(crate) const IS_POSSIBLE: bool = cfg!(feature = "testing");

#[cfg(feature = "testing")]
#[path = "isolation/on.rs"]
mod state;
#[cfg(not(feature = "testing"))]
#[path = "isolation/off.rs"]
mod state;

#[cfg(feature = "testing")]
pub(crate) use state::World;
pub(crate) use state::{Context, Home, Identity, Number, is_in, moved, of};
