//! One series of a family.

use std::fmt;
use std::sync::Arc;

use super::cells::Cells;
use super::store::{FamilyMetric, Reading, Second, Store, Stored, Which};
use crate::labels::LabelSet;
use crate::number::Number;
use crate::storage::{Held, IS_RECORDING, Series};

/// A series of a family: what [`Family::with`](super::Family::with) and [`keep`](Handle::keep)
/// give.
#[must_use = "a handle alone changes nothing: call `inc`, `set`, `observe` or `start` on it"]
pub struct Handle<'a, T, M: Stored> {
    pub(crate) store: &'a Store<M>,
    pub(crate) series: T,
}

/// A series that was found, and stays so: an update of it looks nothing up.
///
/// If the series is removed, what is counted here is not exposed any more, and a new one of the
/// same labels starts at 0.
pub type Kept<'a, M> = Handle<'a, Found<<M as Second>::Cells>, M>;

/// Finds a series by its labels, at each update.
#[derive(Clone, Copy, Debug)]
pub struct ByLabels<K>(pub(crate) K);

/// A series that was found.
pub struct Found<C>(FoundSeries<C>);

impl<C> fmt::Debug for Found<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Found")
    }
}

enum FoundSeries<C> {
    Member {
        member: usize,
        members: usize,
    },
    Own(Held<C>),
    /// It was not made: nothing is recorded, or an allocator asked for it from where series are
    /// made.
    Nothing,
}

impl<C> Found<C> {
    pub(crate) fn member(member: usize, members: usize) -> Self {
        Found(FoundSeries::Member { member, members })
    }

    /// Nothing if it was removed.
    pub(crate) fn own(series: &Arc<Series<C>>) -> Option<Self> {
        Held::new(series).map(|series| Found(FoundSeries::Own(series)))
    }
}

/// How a series is reached.
pub trait Target<M: Stored> {
    /// Updates the series.
    fn update(&self, store: &Store<M>, update: impl FnOnce(Which<'_, M::Cells>));

    /// Shows the series, if there is one.
    fn read<R>(&self, store: &Store<M>, read: impl FnOnce(Option<Which<'_, M::Cells>>) -> R) -> R;

    /// Finds the series for good.
    fn found(&self, store: &Store<M>) -> Found<M::Cells>;

    /// Which member it is, if the labels are closed.
    fn member(&self) -> Option<usize>;

    /// How many members a closed family has.
    fn members(&self) -> usize;
}

impl<K: LabelSet, M: Stored> Target<M> for ByLabels<K> {
    #[inline]
    fn update(&self, store: &Store<M>, update: impl FnOnce(Which<'_, M::Cells>)) {
        store.update(&self.0, update);
    }

    fn read<R>(&self, store: &Store<M>, read: impl FnOnce(Option<Which<'_, M::Cells>>) -> R) -> R {
        if K::LABELS.open() == 0 {
            return read(Some(Which::Member(self.0.position())));
        }
        let series = store.table().and_then(|table| table.get(&self.0));
        read(series.as_ref().map(|series| Which::Own(&series.cells)))
    }

    fn found(&self, store: &Store<M>) -> Found<M::Cells> {
        if K::LABELS.open() == 0 {
            let (member, members) = (self.0.position(), K::COMBINATIONS);
            return Found(FoundSeries::Member { member, members });
        }
        if !IS_RECORDING {
            return Found(FoundSeries::Nothing);
        }
        Found(store.series(&self.0).map_or(FoundSeries::Nothing, FoundSeries::Own))
    }

    #[inline]
    fn member(&self) -> Option<usize> {
        (K::LABELS.open() == 0).then(|| self.0.position())
    }

    #[inline]
    fn members(&self) -> usize {
        K::COMBINATIONS
    }
}

impl<M: Stored> Target<M> for Found<M::Cells> {
    #[inline]
    fn update(&self, store: &Store<M>, update: impl FnOnce(Which<'_, M::Cells>)) {
        match &self.0 {
            FoundSeries::Member { member, .. } => update(Which::Member(*member)),
            FoundSeries::Own(series) => update(Which::Own(&series.cells)),
            FoundSeries::Nothing => store.rejected.count(),
        }
    }

    fn read<R>(&self, _: &Store<M>, read: impl FnOnce(Option<Which<'_, M::Cells>>) -> R) -> R {
        read(match &self.0 {
            FoundSeries::Member { member, .. } => Some(Which::Member(*member)),
            FoundSeries::Own(series) => Some(Which::Own(&series.cells)),
            FoundSeries::Nothing => None,
        })
    }

    fn found(&self, _: &Store<M>) -> Found<M::Cells> {
        Found(match &self.0 {
            FoundSeries::Member { member, members } => {
                FoundSeries::Member { member: *member, members: *members }
            }
            FoundSeries::Own(series) => FoundSeries::Own(series.clone()),
            FoundSeries::Nothing => FoundSeries::Nothing,
        })
    }

    #[inline]
    fn member(&self) -> Option<usize> {
        match &self.0 {
            FoundSeries::Member { member, .. } => Some(*member),
            _ => None,
        }
    }

    #[inline]
    fn members(&self) -> usize {
        match &self.0 {
            FoundSeries::Member { members, .. } => *members,
            _ => 0,
        }
    }
}

/// The one series of a store without labels.
#[derive(Clone, Copy, Debug)]
pub struct OnlyOne;

impl<M: Stored> Target<M> for OnlyOne {
    #[inline]
    fn update(&self, _: &Store<M>, update: impl FnOnce(Which<'_, M::Cells>)) {
        update(Which::Member(0));
    }

    fn read<R>(&self, _: &Store<M>, read: impl FnOnce(Option<Which<'_, M::Cells>>) -> R) -> R {
        read(Some(Which::Member(0)))
    }

    fn found(&self, _: &Store<M>) -> Found<M::Cells> {
        Found::member(0, 1)
    }

    #[inline]
    fn member(&self) -> Option<usize> {
        Some(0)
    }

    #[inline]
    fn members(&self) -> usize {
        1
    }
}

impl<'a, T: Target<M>, M: Stored> Handle<'a, T, M> {
    #[inline]
    pub(crate) fn new(store: &'a Store<M>, series: T) -> Self {
        Handle { store, series }
    }

    /// Finds the series for good, for who updates it often. It is made if it is not there.
    #[doc(alias = "get_or_create")]
    pub fn keep(&self) -> Kept<'a, M> {
        Handle { store: self.store, series: self.series.found(self.store) }
    }

    /// Updates the series: a closed one in slabs, and one that is not there by its own cells.
    #[inline]
    pub(crate) fn update(
        &self,
        in_slabs: impl FnOnce(&Store<M>, usize) -> bool,
        own: impl FnOnce(&M::Cells),
    ) {
        if !IS_RECORDING {
            return;
        }
        self.series.update(self.store, |which| match which {
            Which::Own(cells) => own(cells),
            Which::Member(member) => {
                if !in_slabs(self.store, member)
                    && let Some(cells) = self.store.own_or_make(member, self.series.members())
                {
                    own(cells);
                }
            }
        });
    }
}

impl<T: Target<M>, M: FamilyMetric> Handle<'_, T, M> {
    /// The bits of the present value; 0 if there is no such series.
    pub(crate) fn bits(&self) -> u64 {
        self.series.read(self.store, |which| match which {
            Some(Which::Own(cells)) => cells.bits(),
            Some(Which::Member(member)) => {
                let totals = &self.store.totals(member);
                M::member_bits(&Reading { store: self.store, member, totals })
            }
            None => 0,
        })
    }

    /// Adds the present buckets, and gives the sum.
    pub(crate) fn histogram(&self, counts: &mut [u64]) -> Option<Number> {
        self.series.read(self.store, |which| match which {
            Some(Which::Own(cells)) => Some(cells.histogram(counts)),
            Some(Which::Member(member)) => {
                let totals = &self.store.totals(member);
                Some(M::member_histogram(&Reading { store: self.store, member, totals }, counts))
            }
            None => None,
        })
    }
}

impl<T: Clone, M: Stored> Clone for Handle<'_, T, M> {
    fn clone(&self) -> Self {
        Handle { store: self.store, series: self.series.clone() }
    }
}

impl<T: Copy, M: Stored> Copy for Handle<'_, T, M> {}

impl<T, M: Stored> fmt::Debug for Handle<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}
