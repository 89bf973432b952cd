//! The link-time slice: all static metrics structs and all instrumented functions of the binary, in
//! whichever crate they are declared.
//!
//! The linker collects one entry for each, so that the global registry knows all of them before
//! `main`, without any call at start.
//!
//! An entry may be missing: another language's build may drop what it considers unused, the runtime
//! may be in a dynamic library, and some targets have no such slice. It is then registered at its
//! first update, which takes a cold path anyway.

use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::race::OnceBox;

use crate::descriptor::Location;
use crate::place::{Link, Place, Shape};
use crate::read::{Declarations, Fields};

/// A linked item: a static metrics struct or an instrumented function.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Linked {
    /// Its metrics.
    pub fields: &'static dyn Fields,
    /// Their declarations.
    pub declarations: &'static Declarations,
    /// Where it is declared, if many items share the declarations.
    pub location: Option<Location>,
    /// The values of the labels that precede those of each metric.
    pub label_values: &'static [&'static str],
}

impl Linked {
    /// Creates the item of a static metrics struct.
    pub const fn of_struct(
        fields: &'static dyn Fields,
        declarations: &'static Declarations,
    ) -> Linked {
        Linked { fields, declarations, location: None, label_values: &[] }
    }

    /// Returns the address of its metrics, which identifies the item: they have a size, so no two
    /// items have the same. There may be copies of their declarations.
    pub(crate) fn address(&self) -> usize {
        address(self.fields)
    }
}

/// Returns the address of metrics.
pub(crate) fn address(fields: &dyn Fields) -> usize {
    std::ptr::from_ref(fields).addr()
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Linked").field(self.declarations).field(&self.label_values).finish()
    }
}

/// The type of the slice's entries.
#[doc(hidden)]
pub type Entry = fn() -> Linked;

// The slice. Its linker symbol contains the breaking version and an identifier of this build, since
// a binary may contain several builds: each has a slice of its own.
#[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
measurand_macros::slice_of_this_build!(MEASURAND_ENTRIES_0_1: Entry);

/// A slice with the same name in every build of this breaking version. It is empty: if there are
/// several, reading it panics, with this name in the message.
#[cfg(all(feature = "record", panic = "unwind", not(any(target_family = "wasm", miri))))]
#[linkme::distributed_slice]
static SEVERAL_BUILDS_OF_MEASURAND_0_1: [usize];

/// The slice cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SliceUnreadable;

/// Returns all entries that the linker has collected. Empty if nothing is recorded, and on targets
/// without a slice.
pub(crate) fn linked() -> Result<&'static [Entry], SliceUnreadable> {
    #[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
    {
        // linkme panics here if two slices with the same name are linked, which only happens if
        // builds cannot be told apart by their paths.
        std::panic::catch_unwind(|| MEASURAND_ENTRIES_0_1.static_slice())
            .map_err(|_| SliceUnreadable)
    }
    #[cfg(not(all(feature = "record", not(any(target_family = "wasm", miri)))))]
    {
        Ok(&[])
    }
}

/// Creates the link of a metric that registers by `join` if it is not in the slice.
pub(crate) const fn of(join: fn()) -> Link {
    Link { join, visit_places }
}

/// Calls `ask` with the cells of everything that the linker has collected.
pub(crate) fn visit_places(ask: &mut dyn FnMut(&'static Place, Shape, usize)) {
    for entry in linked().unwrap_or_default() {
        let Linked { fields, declarations, .. } = entry();
        let metrics = (0..declarations.len()).filter_map(|index| fields.metric(index));
        metrics.for_each(|metric| metric.places(ask));
    }
}

/// Returns whether the binary contains other builds of this breaking version. Should be called only
/// once, since `true` comes with a panic message. Always `false` if panics abort.
pub(crate) fn has_other_builds() -> bool {
    #[cfg(all(feature = "record", panic = "unwind", not(any(target_family = "wasm", miri))))]
    {
        std::panic::catch_unwind(|| SEVERAL_BUILDS_OF_MEASURAND_0_1.static_slice().len()).is_err()
    }
    #[cfg(not(all(feature = "record", panic = "unwind", not(any(target_family = "wasm", miri)))))]
    {
        false
    }
}

/// A list of late entries. There is no lock, since a forked child may not have the thread that
/// holds it.
struct Late {
    linked: Linked,
    next: OnceBox<Late>,
}

static FIRST_LATE: OnceBox<Late> = OnceBox::new();

/// The least number of late entries.
static LATE: AtomicUsize = AtomicUsize::new(0);

/// Registers an item that is not in the slice; the next gather includes it. Does nothing if it is
/// registered already.
pub(crate) fn join(linked: Linked) {
    let (mut next, mut count) = (&FIRST_LATE, 0);
    loop {
        let late = next.get_or_init(|| Box::new(Late { linked, next: OnceBox::new() }));
        count += 1;
        if late.linked.address() == linked.address() {
            break;
        }
        next = &late.next;
    }
    // Also if another thread has added it, which may not have come this far yet.
    LATE.fetch_max(count, Ordering::Release);
}

/// Returns the number of late entries.
pub(crate) fn late_len() -> usize {
    LATE.load(Ordering::Acquire)
}

/// Returns the late entries in the order in which they were added.
pub(crate) fn late() -> impl Iterator<Item = Linked> {
    let all = std::iter::successors(FIRST_LATE.get(), |late| late.next.get());
    all.map(|late| late.linked)
}
