//! Totals of all threads' cells, computed once for a whole gather.

use std::collections::TryReserveError;
use std::sync::atomic::AtomicU64;

use super::threads::Region;
use super::{block, threads};
use crate::place::{HISTOGRAM_SUM, Shape, Slab, Totals};
use crate::sync::Ordering;

/// Counts the begins and ends of resets of closed series, to tell which came after totals were
/// taken.
static CLEARINGS: AtomicU64 = AtomicU64::new(0);

/// Returns the number of a reset that begins or ends now.
pub(crate) fn next_clearing() -> u64 {
    CLEARINGS.fetch_add(1, Ordering::AcqRel) + 1
}

/// Adds up all slabs, in buffers that are reused.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    totals: Totals,
    copy: Vec<u64>,
}

impl Sweep {
    /// Returns the memory that its buffers take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let numbers = self.totals.cells.capacity() + self.copy.capacity();
        numbers * size_of::<u64>()
            + self.totals.slabs.capacity() * size_of::<Slab>()
            + self.totals.moments.bytes()
    }

    /// Reads all slabs one after the other, which is their order in memory.
    ///
    /// # Errors
    ///
    /// Fails if memory for the totals cannot be allocated.
    pub(crate) fn take(&mut self) -> Result<&Totals, TryReserveError> {
        let Totals { cells, slabs, slabs_made, clearings, moments } = &mut self.totals;
        *clearings = CLEARINGS.load(Ordering::Acquire);
        moments.clear();
        cells.clear();
        let Some(layout) = threads::layout() else { return Ok(&self.totals) };
        cells.try_reserve_exact(layout.cells)?;
        cells.resize(layout.cells, 0);
        *slabs_made = layout.pool.slabs(slabs);
        for slab in slabs {
            for region in &layout.regions {
                add_region(slab, region, cells, &mut self.copy);
            }
        }
        Ok(&self.totals)
    }
}

/// Returns the totals of the cells that start at these indices.
pub(crate) fn total_of(cells: &[(usize, Shape)]) -> Totals {
    let clearings = CLEARINGS.load(Ordering::Acquire);
    let mut totals = Totals { clearings, ..Totals::default() };
    let Some(layout) = threads::layout() else { return totals };
    totals.slabs_made = layout.pool.slabs(&mut totals.slabs);
    let mut copy = Vec::new();
    for (start, shape) in cells {
        let region = Region { shape: *shape, start: *start, len: shape.len() };
        let Some(end) = region.start.checked_add(region.len) else { continue };
        if end <= layout.cells {
            totals.cells.resize(end.max(totals.cells.len()), 0);
            for slab in &totals.slabs {
                add_region(slab, &region, &mut totals.cells, &mut copy);
            }
        }
    }
    totals
}

/// Returns whether no slab was created since these totals were taken.
pub(crate) fn is_current(totals: &Totals) -> bool {
    threads::layout().is_none_or(|layout| layout.pool.made() == totals.slabs_made)
}

fn add_region(slab: Slab, region: &Region, totals: &mut [u64], copy: &mut Vec<u64>) {
    let range = region.cells();
    let (Some(cells), Some(totals)) = (slab.get(range.clone()), totals.get_mut(range)) else {
        return;
    };
    match region.shape {
        Shape::Whole(_) => {
            for (total, cell) in std::iter::zip(totals, cells) {
                *total = total.wrapping_add(cell.load(Ordering::Relaxed));
            }
        }
        Shape::Float => {
            for (total, cell) in std::iter::zip(totals, cells) {
                let sum = f64::from_bits(*total) + f64::from_bits(cell.load(Ordering::Relaxed));
                *total = sum.to_bits();
            }
        }
        Shape::Histogram { is_integral, .. } => {
            copy.clear();
            copy.resize(block::copy_len(cells.len()), 0);
            block::read(cells, copy);
            block::add(totals.get_mut(HISTOGRAM_SUM..).unwrap_or_default(), copy, is_integral);
        }
    }
}
