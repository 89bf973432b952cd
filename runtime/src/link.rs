//! The link-time slice: every static metrics struct of the binary, whoever declared it.
//!
//! The linker puts one function pointer per struct side by side, so the global registry knows
//! all of them before `main` and nothing has to be called at start.

use crate::collect::{Declarations, Fields};

/// A static metrics struct and what it declares.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Linked {
    /// The struct.
    pub fields: &'static dyn Fields,
    /// Its metrics.
    pub declarations: &'static Declarations,
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Linked").field(self.declarations).finish()
    }
}

/// What the slice holds.
#[doc(hidden)]
pub type Entry = fn() -> Linked;

/// The slice. Its name carries the breaking version: two versions of this crate in one binary
/// have one each.
#[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
#[doc(hidden)]
#[linkme::distributed_slice]
pub static MEASURAND_ENTRIES_0_1: [Entry];

/// Why the slice cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SliceUnreadable;

/// All static structs of the binary. None where nothing is recorded, and on targets without a
/// slice, where a struct enters the registry by `register`.
pub(crate) fn linked() -> Result<Vec<Linked>, SliceUnreadable> {
    #[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
    {
        // linkme panics at the read if two slices of one name are linked, which happens if a
        // binary holds two builds of this very version.
        std::panic::catch_unwind(|| MEASURAND_ENTRIES_0_1.iter().map(|entry| entry()).collect())
            .map_err(|_| SliceUnreadable)
    }
    #[cfg(not(all(feature = "record", not(any(target_family = "wasm", miri)))))]
    {
        Ok(Vec::new())
    }
}
