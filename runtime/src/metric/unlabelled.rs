//! Metrics without labels of their own.

use std::fmt;
use std::sync::Arc;

use once_cell::race::OnceBox;

use super::FamilyMetric;
use crate::exemplar::Exemplar;
use crate::isolation::{self, Identity};
use crate::number::Number;
use crate::place::{Place, Shape, Totals};
use crate::read::PointBuffers;
use crate::series::{AnySeries, InSlabs, Reading, Stored, shaped, total_of};
use crate::storage::{self, IS_RECORDING, Rejected};

/// The parts of a metric without labels.
pub struct UnlabelledStore<Places, Own, Facts> {
    pub(super) places: Places,
    pub(super) own: Own,
    pub(super) facts: Facts,
    rejected: Rejected,
    identity: Identity,
}

impl<Places, Own, Facts> UnlabelledStore<Places, Own, Facts> {
    pub(super) const fn new(places: Places, own: Own, facts: Facts) -> Self {
        UnlabelledStore { places, own, facts, rejected: Rejected::new(), identity: Identity::new() }
    }
}

/// Returns the cells of a metric in the isolation of this thread, if it is in one.
#[inline]
pub(super) fn isolated<M: FamilyMetric>(metric: &M) -> Option<Arc<M::Cells>> {
    let UnlabelledStore { facts, identity, .. } = metric.unlabelled();
    isolation::of(identity.number(), || M::cells(facts))
}

/// Reads a metric from the totals of slabs and its own cells.
#[inline]
fn read<M: FamilyMetric, R>(
    metric: &M,
    totals: &Totals,
    read: impl FnOnce(&Reading<'_, M>) -> R,
) -> R {
    let UnlabelledStore { places, own, facts, .. } = metric.unlabelled();
    if let Some(cells) = isolated(metric) {
        return read(&Reading::new(facts, Some(&*cells), None, None));
    }
    let slabs = InSlabs::of::<M>(places.as_ref(), facts, 0, totals);
    read(&Reading::new(facts, own.get(), Some(slabs), None))
}

impl<M: FamilyMetric> AnySeries<M> for M {
    const IS_UNLABELLED: bool = true;

    #[inline]
    fn facts(&self) -> &M::Facts {
        &self.unlabelled().facts
    }

    #[inline]
    fn rejected(&self) -> &Rejected {
        &self.unlabelled().rejected
    }

    #[inline]
    fn in_slabs(&self) -> Option<(&[Place], usize)> {
        if isolation::is_in() { None } else { Some((self.unlabelled().places.as_ref(), 0)) }
    }

    #[inline]
    fn update(&self, in_slabs: impl FnOnce(&[Place], usize) -> bool, own: impl FnOnce(&M::Cells)) {
        let unlabelled = self.unlabelled();
        if !IS_RECORDING {
            return;
        }
        if let Some(cells) = isolated(self) {
            join_isolated(unlabelled.places.as_ref());
            return own(&cells);
        }
        if in_slabs(unlabelled.places.as_ref(), 0) {
            return;
        }
        match unlabelled.own.get_or_make(|| M::cells(&unlabelled.facts)) {
            Some(cells) => own(cells),
            // The cells may be just what is being allocated.
            None => unlabelled.rejected.count(),
        }
    }

    fn read<R>(&self, read: impl FnOnce(Option<&Reading<'_, M>>) -> R) -> R {
        let UnlabelledStore { places, facts, .. } = self.unlabelled();
        let totals = total_of(places.as_ref(), M::shapes(facts), 0);
        self::read(self, &totals, |reading| read(Some(reading)))
    }
}

/// Registers a metric without cells in slabs if it is not in the link-time slice, which only its
/// place tells.
#[inline]
pub(crate) fn join_if_late<S: AnySeries<M>, M: Stored>(places: &[Place]) {
    if let (true, [place]) = (S::IS_UNLABELLED, places)
        && place.is_waiting()
    {
        join_late(place);
    }
}

#[cold]
#[inline(never)]
fn join_late(place: &Place) {
    if !storage::is_inside() {
        let _inside = storage::enter();
        storage::join_late(place);
    }
}

/// Registers a metric that is updated in an isolation, where its usual way of registering is not
/// taken.
fn join_isolated(places: &[Place]) {
    if let Some(place) = places.first().filter(|place| place.is_waiting()) {
        join_late(place);
    }
}

/// Returns the bits of the value of a row, for a gather.
#[inline]
pub(crate) fn part_bits<M: FamilyMetric>(metric: &M, part: usize, totals: &Totals) -> u64 {
    read(metric, totals, |read| M::part_bits(read, part, totals))
}

/// Adds the contents of a distribution to `buffers`, and returns the sum.
#[inline]
pub(crate) fn distribution<M: FamilyMetric>(
    metric: &M,
    totals: &Totals,
    buffers: &mut PointBuffers,
) -> Number {
    read(metric, totals, |read| M::distribution_in(read, buffers))
}

/// Adds the exemplars of a metric.
pub(crate) fn exemplars<M: FamilyMetric>(
    metric: &M,
    totals: &Totals,
    exemplars: &mut Vec<Exemplar>,
) {
    read(metric, totals, |read| M::exemplars_in(read, exemplars));
}

/// Asks for the cells of a metric in slabs.
pub(crate) fn ask_places<'a, M: FamilyMetric>(
    metric: &'a M,
    ask: &mut dyn FnMut(&'a Place, Shape, usize),
) {
    let UnlabelledStore { places, facts, .. } = metric.unlabelled();
    let shapes = M::shapes(facts);
    match places.as_ref().first() {
        // It asks for no cells, which still shows that it is in the link-time slice.
        Some(place) if shapes.iter().all(Option::is_none) => ask(place, Shape::Whole(0), 0),
        _ => shaped(places.as_ref(), shapes).for_each(|(place, shape)| ask(place, shape, 1)),
    }
}

impl<M: FamilyMetric> AnySeries<M> for &M {
    const IS_UNLABELLED: bool = true;

    #[inline]
    fn facts(&self) -> &M::Facts {
        (**self).facts()
    }

    #[inline]
    fn rejected(&self) -> &Rejected {
        AnySeries::rejected(*self)
    }

    #[inline]
    fn in_slabs(&self) -> Option<(&[Place], usize)> {
        (**self).in_slabs()
    }

    #[inline]
    fn update(&self, in_slabs: impl FnOnce(&[Place], usize) -> bool, own: impl FnOnce(&M::Cells)) {
        (**self).update(in_slabs, own);
    }

    fn read<R>(&self, read: impl FnOnce(Option<&Reading<'_, M>>) -> R) -> R {
        (**self).read(read)
    }
}

/// The cells of a metric without labels outside slabs.
pub trait Own<C>: Send + Sync + 'static {
    /// Returns the cells, if they were created.
    fn get(&self) -> Option<&C>;

    /// Returns the cells, created if missing. `None` if called by an allocator while they are being
    /// created.
    fn get_or_make(&self, make: impl FnOnce() -> C) -> Option<&C>;
}

/// Cells inside the metric.
pub struct Inline<C>(pub(super) C);

impl<C: Send + Sync + 'static> Own<C> for Inline<C> {
    #[inline]
    fn get(&self) -> Option<&C> {
        Some(&self.0)
    }

    #[inline]
    fn get_or_make(&self, _: impl FnOnce() -> C) -> Option<&C> {
        Some(&self.0)
    }
}

/// Cells that are created at their first use, without a lock: an allocator that updates metrics may
/// come back here.
impl<C: Send + Sync + 'static> Own<C> for OnceBox<C> {
    #[inline]
    fn get(&self) -> Option<&C> {
        OnceBox::get(self)
    }

    #[inline]
    fn get_or_make(&self, make: impl FnOnce() -> C) -> Option<&C> {
        #[cold]
        fn make_now<C>(cell: &OnceBox<C>, make: impl FnOnce() -> C) -> Option<&C> {
            if storage::is_inside() {
                return None;
            }
            let _inside = storage::enter();
            Some(cell.get_or_init(|| Box::new(make())))
        }
        OnceBox::get(self).or_else(|| make_now(self, make))
    }
}

impl<Places, Own, Facts> fmt::Debug for UnlabelledStore<Places, Own, Facts> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnlabelledStore").finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for Inline<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inline").finish_non_exhaustive()
    }
}
