//! Access to one series.

use std::fmt;
use std::sync::Arc;

use super::reading::Reading;
use super::store::{SeriesRef, Store};
use super::{SeriesType, Stored};
use crate::isolation;
use crate::labels::LabelSet;
use crate::place::Place;
use crate::storage::{Held, IS_RECORDING, OpenSeries, Rejected};

/// A series of a kind of metric: a metric of its own, one looked up by labels, or a kept one. The
/// methods of a kind are written once, in terms of this trait.
pub trait AnySeries<M: Stored> {
    /// Whether it is a metric without labels, which is always exposed.
    const IS_UNLABELLED: bool;

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
///
/// It has the methods of the metric, such as [`inc`](Handle::inc) for a counter:
///
/// ```
/// use std::time::Duration;
/// use measurand::family::{Handle, Method};
/// use measurand::unit::{Bytes, Seconds};
/// use measurand::{Counter, Family, Gauge, Histogram, Metrics};
///
/// /// The API.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_handle", global = API)]
/// struct ApiMetrics {
///     /// Bytes sent.
///     sent_bytes_total: Family<Method, Counter<Bytes>>,
///     /// Requests that wait.
///     waiting_requests: Family<Method, Gauge>,
///     /// Time to answer.
///     duration_seconds: Family<Method, Histogram<Seconds>>,
/// }
///
/// API.sent_bytes_total.with(Method::Get).inc_by(4_096);
/// API.waiting_requests.with(Method::Get).set(3);
/// API.duration_seconds.with(Method::Get).observe(Duration::from_millis(12));
///
/// let waiting: Handle<'_, _, Gauge> = API.waiting_requests.with(Method::Get);
/// waiting.dec();
/// assert_eq!(waiting.get(), 2.0);
/// ```
///
/// It borrows the family and the labels. A struct field takes a [`Series`](crate::Series), which
/// [`keep`](Handle::keep) returns.
#[must_use = "a handle does nothing by itself: call `inc`, `set`, `observe` or `start` on it"]
pub struct Handle<'a, T, M: Stored> {
    pub(crate) store: &'a Store<M>,
    pub(crate) series: T,
}

/// A series that was looked up once, for as long as its family is borrowed.
///
/// ```
/// use measurand::family::{Kept, Method};
/// use measurand::{Counter, Family, Metrics};
///
/// /// Returns the larger of two counts.
/// fn larger(count: u64, series: &Kept<'_, Counter>) -> u64 {
///     count.max(series.get())
/// }
///
/// /// The API.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_kept", global = API)]
/// struct ApiMetrics {
///     /// Requests.
///     requests_total: Family<Method, Counter>,
/// }
///
/// API.requests_total.with(Method::Get).inc_by(2);
/// API.requests_total.with(Method::Put).inc();
/// let mut most = 0;
/// API.requests_total.for_each(|_labels, series| most = larger(most, &series));
/// assert_eq!(most, 2);
/// ```
pub type Kept<'a, M> = Handle<'a, Found<<M as SeriesType>::Cells>, M>;

/// Looks a series up by its labels at each update.
#[derive(Clone, Copy, Debug)]
pub struct ByLabels<K>(pub(crate) K);

/// A series that was looked up.
pub struct Found<C>(pub(super) FoundSeries<C>);

impl<C> fmt::Debug for Found<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").finish_non_exhaustive()
    }
}

pub(super) enum FoundSeries<C> {
    Closed {
        position: usize,
        positions: usize,
    },
    Open(Held<C>),
    /// It was not created: nothing is recorded, or an allocator asked for it while a series was
    /// being created.
    Nothing,
}

impl<C> Found<C> {
    pub(crate) fn closed(position: usize, positions: usize) -> Self {
        Found(FoundSeries::Closed { position, positions })
    }

    /// Holds a series. `None` if it was removed.
    pub(crate) fn own(series: &Arc<OpenSeries<C>>) -> Option<Self> {
        Held::new(series).map(|series| Found(FoundSeries::Open(series)))
    }
}

/// A way to reach a series.
pub trait Target<M: Stored> {
    /// Updates the series.
    fn update(&self, store: &Store<M>, update: impl FnOnce(SeriesRef<'_, M::Cells>));

    /// Calls `read` with the series, if there is one.
    fn read<R>(
        &self,
        store: &Store<M>,
        read: impl FnOnce(Option<SeriesRef<'_, M::Cells>>) -> R,
    ) -> R;

    /// Looks the series up, creating it if missing.
    fn found(&self, store: &Store<M>) -> Found<M::Cells>;

    /// Returns the index of the series if the labels are closed.
    fn position(&self) -> Option<usize>;

    /// Returns the number of positions of a closed family.
    fn positions(&self) -> usize;
}

impl<K: LabelSet, M: Stored> Target<M> for ByLabels<K> {
    #[inline]
    fn update(&self, store: &Store<M>, update: impl FnOnce(SeriesRef<'_, M::Cells>)) {
        store.update(&self.0, update);
    }

    fn read<R>(
        &self,
        store: &Store<M>,
        read: impl FnOnce(Option<SeriesRef<'_, M::Cells>>) -> R,
    ) -> R {
        if const { K::LABELS.open() == 0 } {
            return read(Some(SeriesRef::Closed(self.0.position())));
        }
        let series = store.table().and_then(|table| table.get(&self.0));
        read(series.as_ref().map(|series| SeriesRef::Open(&series.cells)))
    }

    fn found(&self, store: &Store<M>) -> Found<M::Cells> {
        if const { K::LABELS.open() == 0 } {
            let (position, positions) = (self.0.position(), K::COMBINATIONS);
            return Found(FoundSeries::Closed { position, positions });
        }
        if !IS_RECORDING {
            return Found(FoundSeries::Nothing);
        }
        Found(store.series(&self.0).map_or(FoundSeries::Nothing, FoundSeries::Open))
    }

    #[inline]
    fn position(&self) -> Option<usize> {
        if const { K::LABELS.open() == 0 } { Some(self.0.position()) } else { None }
    }

    #[inline]
    fn positions(&self) -> usize {
        K::COMBINATIONS
    }
}

impl<M: Stored> Target<M> for Found<M::Cells> {
    #[inline]
    fn update(&self, store: &Store<M>, update: impl FnOnce(SeriesRef<'_, M::Cells>)) {
        match &self.0 {
            FoundSeries::Closed { position, .. } => update(SeriesRef::Closed(*position)),
            FoundSeries::Open(series) => update(SeriesRef::Open(&series.cells)),
            FoundSeries::Nothing => store.rejected.count(),
        }
    }

    fn read<R>(&self, _: &Store<M>, read: impl FnOnce(Option<SeriesRef<'_, M::Cells>>) -> R) -> R {
        read(match &self.0 {
            FoundSeries::Closed { position, .. } => Some(SeriesRef::Closed(*position)),
            FoundSeries::Open(series) => Some(SeriesRef::Open(&series.cells)),
            FoundSeries::Nothing => None,
        })
    }

    fn found(&self, _: &Store<M>) -> Found<M::Cells> {
        Found(match &self.0 {
            FoundSeries::Closed { position, positions } => {
                FoundSeries::Closed { position: *position, positions: *positions }
            }
            FoundSeries::Open(series) => FoundSeries::Open(series.clone()),
            FoundSeries::Nothing => FoundSeries::Nothing,
        })
    }

    #[inline]
    fn position(&self) -> Option<usize> {
        match &self.0 {
            FoundSeries::Closed { position, .. } => Some(*position),
            _ => None,
        }
    }

    #[inline]
    fn positions(&self) -> usize {
        match &self.0 {
            FoundSeries::Closed { positions, .. } => *positions,
            _ => 0,
        }
    }
}

/// The only series of a store without labels.
#[derive(Clone, Copy, Debug)]
pub struct OnlyOne;

impl<M: Stored> Target<M> for OnlyOne {
    #[inline]
    fn update(&self, _: &Store<M>, update: impl FnOnce(SeriesRef<'_, M::Cells>)) {
        update(SeriesRef::Closed(0));
    }

    fn read<R>(&self, _: &Store<M>, read: impl FnOnce(Option<SeriesRef<'_, M::Cells>>) -> R) -> R {
        read(Some(SeriesRef::Closed(0)))
    }

    fn found(&self, _: &Store<M>) -> Found<M::Cells> {
        Found::closed(0, 1)
    }

    #[inline]
    fn position(&self) -> Option<usize> {
        Some(0)
    }

    #[inline]
    fn positions(&self) -> usize {
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
    const IS_UNLABELLED: bool = false;

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
        let position = self.series.position().filter(|_| is_there)?;
        Some((&self.store.places, position))
    }

    #[inline]
    fn update(&self, in_slabs: impl FnOnce(&[Place], usize) -> bool, own: impl FnOnce(&M::Cells)) {
        if !IS_RECORDING {
            return;
        }
        self.series.update(self.store, |which| match which {
            SeriesRef::Open(cells) => own(cells),
            SeriesRef::Closed(position) if isolation::is_in() => {
                match self.store.isolated_cells(position) {
                    Some(cells) => own(&cells),
                    // The cells may be just what is being allocated.
                    None => self.store.rejected.count(),
                }
            }
            SeriesRef::Closed(position) => {
                if !(M::IS_CLEARABLE && in_slabs(&self.store.places, position))
                    && let Some(cells) = self.store.own_or_make(position, self.series.positions())
                {
                    own(cells);
                }
            }
        });
    }

    fn read<R>(&self, read: impl FnOnce(Option<&Reading<'_, M>>) -> R) -> R {
        self.series.read(self.store, |which| match which {
            Some(SeriesRef::Open(cells)) => read(Some(&self.store.open(cells))),
            Some(SeriesRef::Closed(position)) => {
                self.store
                    .read(position, &self.store.totals(position), |reading| read(Some(reading)))
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
