//! Access to one series.

use std::fmt;
use std::sync::Arc;

use super::reading::Reading;
use super::store::{Store, Which};
use super::{SeriesType, Stored};
use crate::isolation;
use crate::labels::LabelSet;
use crate::place::Place;
use crate::storage::{Held, IS_RECORDING, OpenSeries, Rejected};

/// A series of a kind of metric: a metric of its own, one looked up by labels, or a kept one. The
/// methods of a kind are written once, in terms of this trait.
pub trait AnySeries<M: Stored> {
    /// Whether it is a metric of its own, which is always exposed.
    const IS_ALONE: bool;

    /// Returns what it shares with all series of its metric.
    fn facts(&self) -> &M::Facts;

    /// Returns the counter of values that cannot be stored.
    fn rejected(&self) -> &Rejected;

    /// Returns the places of its metric in slabs and its index there, if it has cells in slabs.
    fn in_slabs(&self) -> Option<(&[Place], usize)>;

    /// Updates the series: in this thread's slab by `in_slabs`, which is given the places and the
    /// index of the series; if that returns `false`, in the series' own cells by `own`.
    fn update(&self, in_slabs: impl FnOnce(&[Place], usize) -> bool, own: impl FnOnce(&M::Cells));

    /// Calls `read` with the current contents, or `None` if there is no such series.
    fn read<R>(&self, read: impl FnOnce(Option<&Reading<'_, M>>) -> R) -> R;

    /// Returns the bits of the current value; 0 if there is no such series.
    fn present_bits(&self) -> u64 {
        self.read(|read| read.map_or(0, M::bits_in))
    }
}

/// A series of a family, returned by [`Family::with`](crate::Family::with).
#[must_use = "a handle does nothing by itself: call `inc`, `set`, `observe` or `start` on it"]
pub struct Handle<'a, T, M: Stored> {
    pub(crate) store: &'a Store<M>,
    pub(crate) series: T,
}

/// A series that was looked up once, for as long as its family is borrowed.
pub type Kept<'a, M> = Handle<'a, Found<<M as SeriesType>::Cells>, M>;

/// Looks a series up by its labels at each update.
#[derive(Clone, Copy, Debug)]
pub struct ByLabels<K>(pub(crate) K);

/// A series that was looked up.
pub struct Found<C>(pub(super) FoundSeries<C>);

impl<C> fmt::Debug for Found<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Found")
    }
}

pub(super) enum FoundSeries<C> {
    Member {
        member: usize,
        members: usize,
    },
    Own(Held<C>),
    /// It was not created: nothing is recorded, or an allocator asked for it while a series was
    /// being created.
    Nothing,
}

impl<C> Found<C> {
    pub(crate) fn member(member: usize, members: usize) -> Self {
        Found(FoundSeries::Member { member, members })
    }

    /// Holds a series. `None` if it was removed.
    pub(crate) fn own(series: &Arc<OpenSeries<C>>) -> Option<Self> {
        Held::new(series).map(|series| Found(FoundSeries::Own(series)))
    }
}

/// A way to reach a series.
pub trait Target<M: Stored> {
    /// Updates the series.
    fn update(&self, store: &Store<M>, update: impl FnOnce(Which<'_, M::Cells>));

    /// Calls `read` with the series, if there is one.
    fn read<R>(&self, store: &Store<M>, read: impl FnOnce(Option<Which<'_, M::Cells>>) -> R) -> R;

    /// Looks the series up, creating it if missing.
    fn found(&self, store: &Store<M>) -> Found<M::Cells>;

    /// Returns the index of the series if the labels are closed.
    fn member(&self) -> Option<usize>;

    /// Returns the number of members of a closed family.
    fn members(&self) -> usize;
}

impl<K: LabelSet, M: Stored> Target<M> for ByLabels<K> {
    #[inline]
    fn update(&self, store: &Store<M>, update: impl FnOnce(Which<'_, M::Cells>)) {
        store.update(&self.0, update);
    }

    fn read<R>(&self, store: &Store<M>, read: impl FnOnce(Option<Which<'_, M::Cells>>) -> R) -> R {
        if const { K::LABELS.open() == 0 } {
            return read(Some(Which::Member(self.0.position())));
        }
        let series = store.table().and_then(|table| table.get(&self.0));
        read(series.as_ref().map(|series| Which::Own(&series.cells)))
    }

    fn found(&self, store: &Store<M>) -> Found<M::Cells> {
        if const { K::LABELS.open() == 0 } {
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
        if const { K::LABELS.open() == 0 } { Some(self.0.position()) } else { None }
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

/// The only series of a store without labels.
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

    /// Looks the series up for as long as its family is borrowed.
    pub(crate) fn hold(&self) -> Kept<'a, M> {
        Handle { store: self.store, series: self.series.found(self.store) }
    }
}

impl<T: Target<M>, M: Stored> AnySeries<M> for Handle<'_, T, M> {
    const IS_ALONE: bool = false;

    #[inline]
    fn facts(&self) -> &M::Facts {
        &self.store.facts
    }

    #[inline]
    fn rejected(&self) -> &Rejected {
        &self.store.rejected
    }

    #[inline]
    fn in_slabs(&self) -> Option<(&[Place], usize)> {
        let is_there = M::IS_CLEARABLE && !isolation::is_in();
        let member = self.series.member().filter(|_| is_there)?;
        Some((&self.store.places, member))
    }

    #[inline]
    fn update(&self, in_slabs: impl FnOnce(&[Place], usize) -> bool, own: impl FnOnce(&M::Cells)) {
        if !IS_RECORDING {
            return;
        }
        self.series.update(self.store, |which| match which {
            Which::Own(cells) => own(cells),
            Which::Member(member) if isolation::is_in() => {
                match self.store.isolated_member(member) {
                    Some(cells) => own(&cells),
                    // The cells may be just what is being allocated.
                    None => self.store.rejected.count(),
                }
            }
            Which::Member(member) => {
                if !(M::IS_CLEARABLE && in_slabs(&self.store.places, member))
                    && let Some(cells) = self.store.own_or_make(member, self.series.members())
                {
                    own(cells);
                }
            }
        });
    }

    fn read<R>(&self, read: impl FnOnce(Option<&Reading<'_, M>>) -> R) -> R {
        self.series.read(self.store, |which| match which {
            Some(Which::Own(cells)) => read(Some(&self.store.open(cells))),
            Some(Which::Member(member)) => {
                self.store.read(member, &self.store.totals(member), |member| read(Some(member)))
            }
            None => read(None),
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
