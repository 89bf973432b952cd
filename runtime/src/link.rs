//! The link-time slice: every static metrics struct and every instrumented function of the binary,
//! whoever declared it.
//!
//! The linker puts one entry for each side by side, so the global registry knows all of them
//! before `main` and nothing has to be called at start.
//!
//! Where it does not, since another language's build drops what it finds no use for, since a library
//! brought the runtime, or since the target has no such list, an entry comes late: at the first
//! update, which takes a cold path anyway.

use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::race::OnceBox;

use crate::descriptor::Location;
use crate::place::{Link, Place, Shape};
use crate::read::{Declarations, Fields};

/// What is linked: a static metrics struct, or an instrumented function.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Linked {
    /// Its metrics.
    pub fields: &'static dyn Fields,
    /// What they are.
    pub declarations: &'static Declarations,
    /// Where it is declared, if the declarations are those of many.
    pub location: Option<Location>,
    /// The values of the labels that stand before those of each metric.
    pub label_values: &'static [&'static str],
}

impl Linked {
    /// A static metrics struct.
    pub const fn of_struct(
        fields: &'static dyn Fields,
        declarations: &'static Declarations,
    ) -> Linked {
        Linked { fields, declarations, location: None, label_values: &[] }
    }

    /// What tells it from others: where its metrics are. Who has metrics has a size, so no two are at
    /// one address; of what they declare there may be copies.
    pub(crate) fn address(&self) -> usize {
        address(self.fields)
    }
}

/// Where metrics are.
pub(crate) fn address(fields: &dyn Fields) -> usize {
    std::ptr::from_ref(fields).addr()
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Linked").field(self.declarations).field(&self.label_values).finish()
    }
}

/// What the slice holds.
#[doc(hidden)]
pub type Entry = fn() -> Linked;

// The slice. The linker's name of it carries the breaking version and what tells this build from
// others, of which a binary may hold several: each has a slice of its own.
#[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
measurand_macros::slice_of_this_build!(MEASURAND_ENTRIES_0_1: Entry);

/// A slice that every build of this breaking version has under one name. It holds nothing: reading
/// it panics, with this name in the message, if there are several.
#[cfg(all(feature = "record", panic = "unwind", not(any(target_family = "wasm", miri))))]
#[linkme::distributed_slice]
static SEVERAL_BUILDS_OF_MEASURAND_0_1: [usize];

/// Why the slice cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SliceUnreadable;

/// Everything that the linker has put together. Nothing where nothing is recorded, and on targets
/// without a slice, where all come late.
pub(crate) fn linked() -> Result<&'static [Entry], SliceUnreadable> {
    #[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
    {
        // linkme panics at the read if two slices of one name are linked, which happens only if
        // builds could not be told apart by where they stand.
        std::panic::catch_unwind(|| MEASURAND_ENTRIES_0_1.static_slice())
            .map_err(|_| SliceUnreadable)
    }
    #[cfg(not(all(feature = "record", not(any(target_family = "wasm", miri)))))]
    {
        Ok(&[])
    }
}

/// How a metric is known that joins the global registry so if it comes late.
pub(crate) const fn of(join: fn()) -> Link {
    Link { join, ask_all }
}

/// Has everything that the linker has put together ask for its cells.
pub(crate) fn ask_all(ask: &mut dyn FnMut(&'static Place, Shape, usize)) {
    for entry in linked().unwrap_or_default() {
        let Linked { fields, declarations, .. } = entry();
        let metrics = (0..declarations.len()).filter_map(|index| fields.metric(index));
        metrics.for_each(|metric| metric.places(ask));
    }
}

/// Whether the binary holds other builds of this breaking version. To be asked once: the answer that
/// there are some comes with the message of a panic. Where panics abort nobody can ask.
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

/// What came late, and what came next. There is no lock, which a thread could hold
/// that a forked child does not have.
struct Late {
    linked: Linked,
    next: OnceBox<Late>,
}

static FIRST_LATE: OnceBox<Late> = OnceBox::new();

/// How many there are at least.
static LATE: AtomicUsize = AtomicUsize::new(0);

/// Has what the linker did not bring join the global registry, which sees it at the next gather. Once
/// more is no change.
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
    // Also where another thread put it there, which may not have come this far.
    LATE.fetch_max(count, Ordering::Release);
}

/// How many entries came late.
pub(crate) fn late_len() -> usize {
    LATE.load(Ordering::Acquire)
}

/// What came late, in the order in which it came.
pub(crate) fn late() -> impl Iterator<Item = Linked> {
    let all = std::iter::successors(FIRST_LATE.get(), |late| late.next.get());
    all.map(|late| late.linked)
}
