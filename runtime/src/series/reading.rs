//! What one series holds, in slabs and in cells of its own.

use std::time::Duration;

use super::Stored;
use crate::clock;
use crate::place::{Place, Shape, Totals, take_block};
use crate::storage;

/// A series as it is read: what it has in cells of its own, and what slabs hold of it.
#[derive(Debug)]
pub struct Reading<'a, M: Stored> {
    facts: &'a M::Facts,
    own: Option<&'a M::Cells>,
    slabs: Option<InSlabs<'a>>,
    /// What stood in the slabs when it was cleared, if it ever was.
    base: Option<&'a Base>,
}

/// Where slabs hold a series. It is copied so that the usual reading stays in registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InSlabs<'a> {
    /// Where the cells of all series of its metric are, and which of them it is.
    places: &'a [Place],
    shapes: [Option<Shape>; 2],
    member: usize,
    totals: &'a Totals,
}

/// What stood in the slabs when a series was cleared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base {
    /// In the cells at each place.
    cells: [Vec<u64>; 2],
    /// The numbers of the clearing, before and after the slabs were read.
    pub(crate) begun: u64,
    ended: u64,
    /// When it was cleared.
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

    /// The same as a series of another kind, whose cells are a part of its own.
    #[inline]
    pub(crate) fn of_part<N: Stored<Facts = M::Facts>>(
        &self,
        part: impl FnOnce(&'a M::Cells) -> &'a N::Cells,
    ) -> Reading<'a, N> {
        let Reading { facts, own, slabs, base } = *self;
        Reading { facts, own: own.map(part), slabs, base }
    }

    /// What all series of its metric have in common.
    #[inline]
    pub(crate) fn facts(&self) -> &'a M::Facts {
        self.facts
    }

    /// Its own cells, if it has any.
    #[inline]
    pub(crate) fn own(&self) -> Option<&'a M::Cells> {
        self.own
    }

    /// What slabs hold of it in a cell at a place, since it was cleared.
    #[inline]
    pub(crate) fn in_slabs(&self, place: usize, cell: usize) -> u64 {
        let Some(slabs) = self.slabs else { return 0 };
        let total = slabs.cell(slabs.totals, place, cell);
        match self.base {
            None => total,
            Some(base) => slabs.without(base, total, (place, cell)),
        }
    }

    /// What slabs hold of it in a cell at a place at this very moment, cleared or not.
    pub(crate) fn now(&self, place: usize, cell: usize) -> u64 {
        self.slabs.map_or(0, |slabs| slabs.totals.now(slabs.index(place, cell)))
    }

    /// Adds the buckets of the histogram at a place that slabs hold of it, since it was cleared,
    /// and gives the bits of the sum.
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

    /// How many run now, of so many that have started and ended in all.
    pub(crate) fn running(
        &self,
        started: impl Fn(&Reading<'_, M>) -> u64,
        ended: impl Fn(&Reading<'_, M>) -> u64,
    ) -> u64 {
        let running = storage::running(|| started(self), || ended(self));
        let Some(slabs) = self.slabs.filter(|slabs| !storage::is_current(slabs.totals)) else {
            return running;
        };
        // A start may stand in a slab that is newer than the totals, and its ending in one that
        // is not.
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
        member: usize,
        totals: &'a Totals,
    ) -> Self {
        InSlabs { places, shapes: M::shapes(facts), member, totals }
    }

    /// Where a cell at a place is: which of those that the series has there.
    #[inline]
    fn index(&self, place: usize, cell: usize) -> usize {
        let (Some(at), Some(Some(shape))) = (self.places.get(place), self.shapes.get(place)) else {
            return usize::MAX;
        };
        at.at(self.member, shape.len()).saturating_add(cell)
    }

    #[inline]
    fn cell(&self, totals: &Totals, place: usize, cell: usize) -> u64 {
        totals.cells.get(self.index(place, cell)).copied().unwrap_or_default()
    }

    /// A total without what stood there when the series was cleared.
    #[inline(never)]
    fn without(self, base: &Base, total: u64, (place, cell): (usize, usize)) -> u64 {
        let cleared = base.cells[place].get(cell).copied().unwrap_or_default();
        let total =
            if self.is_behind(base) { self.cell(&self.retaken(), place, cell) } else { total };
        total.wrapping_sub(cleared)
    }

    /// Whether it was cleared while the totals were taken, or after that: they may lack some of
    /// what stood in the slabs then.
    fn is_behind(&self, base: &Base) -> bool {
        base.ended > self.totals.clearings
    }

    /// The totals of its cells as they are now.
    fn retaken(&self) -> Totals {
        total_of(self.places, self.shapes, self.member)
    }
}

impl Base {
    /// What stands in the slabs of a series now.
    pub(crate) fn now(places: &[Place], shapes: [Option<Shape>; 2], member: usize) -> Base {
        let mut base = Base { begun: storage::next_clearing(), ..Base::default() };
        let totals = total_of(places, shapes, member);
        for (cells, (place, shape)) in std::iter::zip(&mut base.cells, shaped(places, shapes)) {
            let start = place.at(member, shape.len());
            let end = start.saturating_add(shape.len());
            *cells = totals.cells.get(start..end).unwrap_or_default().to_vec();
        }
        base.ended = storage::next_clearing();
        base.at = clock::now();
        base
    }
}

/// The places where there are cells, with the shape of those of one series.
pub(crate) fn shaped(
    places: &[Place],
    shapes: [Option<Shape>; 2],
) -> impl Iterator<Item = (&Place, Shape)> {
    std::iter::zip(places, shapes).filter_map(|(place, shape)| Some((place, shape?)))
}

/// What slabs hold of one series.
pub(crate) fn total_of(places: &[Place], shapes: [Option<Shape>; 2], member: usize) -> Totals {
    let cells = shaped(places, shapes).map(|(place, shape)| (place.at(member, shape.len()), shape));
    storage::total_of(&cells.collect::<Vec<_>>())
}
