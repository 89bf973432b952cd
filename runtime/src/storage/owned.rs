//! Updates of metrics whose cells are in slabs.

use super::block::{self, Observation, Weight};
use super::shared::add_bits;
use super::threads::{self, Slabs};
use crate::place::{Place, Shape};
use crate::sync::{AtomicU64, Ordering};
use crate::unit::Representation;

/// Adds to the cell of a position at `place`: without a locked instruction in this thread's slab,
/// else in the shared slab. Returns the previous value, or `None` if there is no such cell and the
/// metric's own has to be used.
#[inline]
pub(crate) fn add<R: Representation>(place: &Place, position: usize, bits: u64) -> Option<u64> {
    // One failed look-up covers three cases: no slab yet, no index yet, and a thread that is
    // ending.
    match threads::own_slab().get(place.at(position, 1)) {
        Some(cell) => Some(add_alone::<R>(cell, bits)),
        None if place.is_in_slabs() => add_slowly::<R>(place, position, bits),
        None => None,
    }
}

#[cold]
#[inline(never)]
fn add_slowly<R: Representation>(place: &Place, position: usize, bits: u64) -> Option<u64> {
    let slabs = threads::join(place)?;
    if let Some(cell) = slabs.own.get(place.at(position, 1)) {
        Some(add_alone::<R>(cell, bits))
    } else {
        slabs.shared.get(place.at(position, 1)).map(|cell| add_bits::<R>(cell, bits))
    }
}

/// Adds to a cell that only this thread writes, and returns the previous value.
#[inline]
fn add_alone<R: Representation>(cell: &AtomicU64, bits: u64) -> u64 {
    let before = cell.load(Ordering::Relaxed);
    let after = if R::INTEGRAL {
        before.wrapping_add(bits)
    } else {
        (f64::from_bits(before) + f64::from_bits(bits)).to_bits()
    };
    // Release orders an end after its start, for readers that load ends first.
    cell.store(after, Ordering::Release);
    before
}

/// Counts an observation in this thread's slab, in the histogram of a position at `place`. Returns
/// `false` if the thread has no slab yet.
#[inline]
pub(crate) fn observe_alone<R: Representation>(
    place: &Place,
    (position, buckets): (usize, usize),
    seen: Observation<impl Weight>,
) -> bool {
    let start = place.at(position, Shape::histogram_len(buckets));
    threads::own_slab().get(start..).is_some_and(|block| block::observe::<R>(block, seen))
}

/// Counts an observation if [`observe_alone`] has failed. Returns `false` if the thread cannot get
/// a slab: then the metric's own cells have to be used, since the shared slab has no room for
/// several writers of a histogram.
#[inline]
pub(crate) fn observe_slowly<R: Representation>(
    place: &Place,
    (position, buckets): (usize, usize),
    seen: Observation<impl Weight>,
) -> bool {
    if !place.is_in_slabs() {
        return false;
    }
    let Some(slabs) = join(place) else { return false };
    let block = slabs.own.get(place.at(position, Shape::histogram_len(buckets))..);
    block.is_some_and(|block| block::observe::<R>(block, seen))
}

#[cold]
#[inline(never)]
fn join(place: &Place) -> Option<Slabs> {
    threads::join(place)
}
