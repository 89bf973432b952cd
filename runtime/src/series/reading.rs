//! The contents of one series, from slabs and from its own cells.

use std::time::Duration;

use super::Stored;
use crate::clock;
use crate::place::{Place, Shape, Totals, take_block};
use crate::storage;

/// The contents of a series: its own cells, and what slabs hold of it.
#[derive(Debug)]
pub struct Reading<'a, M: Stored> {
    facts: &'a M::Facts,
    own: Option<&'a M::Cells>,
    slabs: Option<InSlabs<'a>>,
    /// What the slabs held at the last reset, if there was one.
    base: Option<&'a Base>,
}

/// A series' cells in slabs. Copied, so that the usual reading stays in registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InSlabs<'a> {
    /// The places of the cells of all series of its metric. `position` is that of this one.
    places: &'a [Place],
    shapes: [Option<Shape>; 2],
    position: usize,
    totals: &'a Totals,
}

/// What the slabs held of a series when it was reset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base {
    /// The cells at each place.
    cells: [Vec<u64>; 2],
    /// The numbers of the reset, before and after the slabs were read.
    pub(crate) begun: u64,
    ended: u64,
    /// When it was reset.
    pub(super) at: Duration,
}

impl<'a, M: Stored> Reading<'a, M> {
    #[inline]
    pub(crate) fn new(
        facts: &'a M::Facts,
        own: Option<&'a M::Cells>,
        slabs: Option<InSlabs<'a>>,
        base: Option<&'a Base>,
    ) -> Self {
        Reading { facts, own, slabs, base }
    }

    /// Converts it to a reading of another kind, whose cells are a part of its own.
    #[inline]
    pub(crate) fn of_part<N: Stored<Facts = M::Facts>>(
        &self,
        part: impl FnOnce(&'a M::Cells) -> &'a N::Cells,
    ) -> Reading<'a, N> {
        let Reading { facts, own, slabs, base } = *self;
        Reading { facts, own: own.map(part), slabs, base }
    }

    /// Returns what all series of its metric share.
    #[inline]
    pub(crate) fn facts(&self) -> &'a M::Facts {
        self.facts
    }

    /// Returns its own cells, if it has any.
    #[inline]
    pub(crate) fn own(&self) -> Option<&'a M::Cells> {
        self.own
    }

    /// Returns what slabs hold of it in a cell at a place, without what they held at the last
    /// reset.
    #[inline]
    pub(crate) fn in_slabs(&self, place: usize, cell: usize) -> u64 {
        let Some(slabs) = self.slabs else { return 0 };
        let total = slabs.cell(slabs.totals, place, cell);
        match self.base {
            None => total,
            Some(base) => slabs.without(base, total, (place, cell)),
        }
    }

    /// Returns what slabs hold of it in a cell at a place at this very moment, regardless of
    /// resets.
    pub(crate) fn now(&self, place: usize, cell: usize) -> u64 {
        self.slabs.map_or(0, |slabs| slabs.totals.now(slabs.index(place, cell)))
    }

    /// Adds the buckets that slabs hold of the histogram at a place, without what they held at the
    /// last reset, and returns the bits of the sum.
    pub(crate) fn block_in_slabs(&self, place: usize, counts: &mut [u64]) -> Option<u128> {
        let slabs = self.slabs?;
        let start = slabs.index(place, 0);
        let Some(base) = self.base else { return slabs.totals.block(start, counts) };
        let sum = if slabs.is_behind(base) {
            slabs.retaken().block(start, counts)
        } else {
            slabs.totals.block(start, counts)
        };
        let cleared = take_block(&base.cells[place], counts).unwrap_or_default();
        sum.map(|sum| sum.wrapping_sub(cleared))
    }

    /// Returns how many are in progress, given how many have started and ended in all.
    pub(crate) fn running(
        &self,
        started: impl Fn(&Reading<'_, M>) -> u64,
        ended: impl Fn(&Reading<'_, M>) -> u64,
    ) -> u64 {
        let running = storage::running(|| started(self), || ended(self));
        let Some(slabs) = self.slabs.filter(|slabs| !storage::is_current(slabs.totals)) else {
            return running;
        };
        // A start may be in a slab that was created after the totals were taken, and its end in an
        // older one.
        let totals = &slabs.retaken();
        let slabs = Some(InSlabs { totals, ..slabs });
        let again = Reading { slabs, ..*self };
        storage::running(|| started(&again), || ended(&again))
    }
}

impl<'a> InSlabs<'a> {
    #[inline]
    pub(crate) fn of<M: Stored>(
        places: &'a [Place],
        facts: &M::Facts,
        position: usize,
        totals: &'a Totals,
    ) -> Self {
        InSlabs { places, shapes: M::shapes(facts), position, totals }
    }

    /// Returns the index in slabs of one of the cells that the series has at a place.
    #[inline]
    fn index(&self, place: usize, cell: usize) -> usize {
        let (Some(at), Some(Some(shape))) = (self.places.get(place), self.shapes.get(place)) else {
            return usize::MAX;
        };
        at.at(self.position, shape.len()).saturating_add(cell)
    }

    #[inline]
    fn cell(&self, totals: &Totals, place: usize, cell: usize) -> u64 {
        totals.cells.get(self.index(place, cell)).copied().unwrap_or_default()
    }

    /// Returns a total without what the cell held at the last reset.
    #[inline(never)]
    fn without(self, base: &Base, total: u64, (place, cell): (usize, usize)) -> u64 {
        let cleared = base.cells[place].get(cell).copied().unwrap_or_default();
        let total =
            if self.is_behind(base) { self.cell(&self.retaken(), place, cell) } else { total };
        total.wrapping_sub(cleared)
    }

    /// Returns whether the series was reset while or after the totals were taken: they may then
    /// lack some of what the slabs held at the reset.
    fn is_behind(&self, base: &Base) -> bool {
        base.ended > self.totals.clearings
    }

    /// Returns current totals of its cells.
    fn retaken(&self) -> Totals {
        total_of(self.places, self.shapes, self.position)
    }
}

impl Base {
    /// Returns what slabs hold of a series now.
    pub(crate) fn now(places: &[Place], shapes: [Option<Shape>; 2], position: usize) -> Base {
        let mut base = Base { begun: storage::next_clearing(), ..Base::default() };
        let totals = total_of(places, shapes, position);
        for (cells, (place, shape)) in std::iter::zip(&mut base.cells, shaped(places, shapes)) {
            let start = place.at(position, shape.len());
            let end = start.saturating_add(shape.len());
            *cells = totals.cells.get(start..end).unwrap_or_default().to_vec();
        }
        base.ended = storage::next_clearing();
        base.at = clock::now();
        base
    }
}

/// Returns the places that have cells, with the shape of one series' cells there.
pub(crate) fn shaped(
    places: &[Place],
    shapes: [Option<Shape>; 2],
) -> impl Iterator<Item = (&Place, Shape)> {
    std::iter::zip(places, shapes).filter_map(|(place, shape)| Some((place, shape?)))
}

/// Returns what slabs hold of one series.
pub(crate) fn total_of(places: &[Place], shapes: [Option<Shape>; 2], position: usize) -> Totals {
    let cells =
        shaped(places, shapes).map(|(place, shape)| (place.at(position, shape.len()), shape));
    storage::total_of(&cells.collect::<Vec<_>>())
}
