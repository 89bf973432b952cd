//! The link-time slice: every static metrics struct and every instrumented function of the binary,
//! whoever declared it.
//!
//! The linker puts one entry for each side by side, so the global registry knows all of them
//! before `main` and nothing has to be called at start.

use crate::collect::{Declarations, Fields};
use crate::descriptor::Location;

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

/// An instrumented function, wherever it is declared.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name, with its type if that is known.
    pub name: &'static str,
    /// The module that it is in.
    pub module: &'static str,
    /// Where it is declared.
    pub location: Location,
}

/// What is counted of an instrumented function: three metrics, the same of every one.
#[doc(hidden)]
pub trait LinkedFunction: Fields {
    /// Which function it is.
    fn function(&self) -> &Function;
}

/// How many metrics a function has.
pub(crate) const FUNCTION_METRICS: usize = 3;

/// What the slice holds.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum Entry {
    /// A static metrics struct.
    Struct(fn() -> Linked),
    /// An instrumented function.
    Function(&'static dyn LinkedFunction),
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Entry::Struct(linked) => f.debug_tuple("Struct").field(&linked()).finish(),
            Entry::Function(function) => {
                f.debug_tuple("Function").field(function.function()).finish()
            }
        }
    }
}

/// The slice. Its name carries the breaking version: two versions of this crate in one binary
/// have one each.
#[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
#[doc(hidden)]
#[linkme::distributed_slice]
pub static MEASURAND_ENTRIES_0_1: [Entry];

/// Why the slice cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SliceUnreadable;

/// Everything that the binary declares. Nothing where nothing is recorded, and on targets without
/// a slice, where a struct enters the registry by `register`.
pub(crate) fn linked() -> Result<Vec<Entry>, SliceUnreadable> {
    #[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
    {
        // linkme panics at the read if two slices of one name are linked, which happens if a
        // binary holds two builds of this very version.
        std::panic::catch_unwind(|| MEASURAND_ENTRIES_0_1.to_vec()).map_err(|_| SliceUnreadable)
    }
    #[cfg(not(all(feature = "record", not(any(target_family = "wasm", miri)))))]
    {
        Ok(Vec::new())
    }
}
