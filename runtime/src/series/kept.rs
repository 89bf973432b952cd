//! Kept series, which borrow nothing.

use std::fmt;
use std::sync::Arc;

use super::handle::{FoundSeries, Handle, Target};
use super::isolated::IsolatedCells;
use super::reading::{InSlabs, Reading, total_of};
use super::store::{Common, Store};
use super::{AnySeries, Stored};
use crate::isolation::{self, Home};
use crate::place::Place;
use crate::storage::{self, Held, IS_RECORDING, OpenTable, Rejected};

/// A kept series: a metric of its own, or a series of a family, whether of a static struct or of an
/// instance.
///
/// It has the methods of the metric `M`, looks nothing up, borrows nothing, and can be cloned and
/// sent to other threads. [`Handle::keep`](crate::family::Handle::keep) returns one for a series of
/// a family, [`Counter::keep`](crate::Counter::keep) and [`Series::of`] return one for a metric
/// without labels. So a function or a struct field can take either:
///
/// ```
/// use measurand::{Counter, Family, Metrics, Series, family::Method};
///
/// /// The proxy.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_series", global = PROXY)]
/// struct ProxyMetrics {
///     /// Requests passed on.
///     requests_total: Family<Method, Counter>,
///     /// Requests that could not be read.
///     rejected_total: Counter,
/// }
///
/// fn count_three(counter: &Series<Counter>) {
///     (0..3).for_each(|_| counter.inc());
/// }
///
/// count_three(&PROXY.requests_total.with(Method::Get).keep());
/// count_three(&PROXY.rejected_total.keep());
/// assert_eq!((PROXY.requests_total.with(Method::Get).get(), PROXY.rejected_total.get()), (3, 3));
/// ```
#[must_use = "a kept series does nothing by itself, and a scoped one is removed when it is dropped: bind it, as in `let series = …`"]
pub struct Series<M: Stored> {
    /// The series of an open family, in a field of its own so that most updates look at nothing
    /// else.
    open: Option<Held<M::Cells>>,
    kind: KeptKind<M>,
}

enum KeptKind<M: Stored> {
    Open {
        scope: Option<SeriesScope<M>>,
        common: Arc<Common<M>>,
        home: Option<Home<Arc<OpenTable<M::Cells>>>>,
    },
    Closed {
        places: [Place; 2],
        position: usize,
        positions: usize,
        common: Arc<Common<M>>,
    },
    Unlabelled(Arc<dyn KeptUnlabelled<M>>),
    /// It was not created: nothing is recorded, or an allocator asked for it while a series was
    /// being created.
    Nothing(Arc<Common<M>>),
}

/// A kept metric without labels.
pub(crate) trait KeptUnlabelled<M: Stored>: Send + Sync {
    fn facts(&self) -> &M::Facts;
    fn rejected(&self) -> &Rejected;
    fn places(&self) -> &[Place];

    /// Returns its own cells, created if missing.
    fn own(&self) -> Option<&M::Cells>;

    /// Returns its cells in the isolation of this thread, if it is in one.
    fn isolated(&self) -> Option<Arc<M::Cells>>;
}

/// The cells of a series in a thread whose isolation is not the one that it was kept in.
enum Elsewhere<C> {
    Open(Held<C>),
    Other(Arc<C>),
    /// The cells could not be created.
    Nothing,
}

impl<C> Elsewhere<C> {
    fn cells(&self) -> Option<&C> {
        match self {
            Elsewhere::Open(series) => Some(&series.cells),
            Elsewhere::Other(cells) => Some(cells),
            Elsewhere::Nothing => None,
        }
    }
}

/// Removes a series from its table when its last scope is dropped.
struct SeriesScope<M: Stored> {
    series: Held<M::Cells>,
    table: Arc<OpenTable<M::Cells>>,
}

impl<M: Stored> SeriesScope<M> {
    /// Begins a scope. `None` if the series is being removed.
    fn new(series: &Held<M::Cells>, table: &Arc<OpenTable<M::Cells>>) -> Option<Self> {
        let is_entered = series.enter_scope();
        is_entered.then(|| SeriesScope { series: series.clone(), table: table.clone() })
    }
}

impl<M: Stored> Drop for SeriesScope<M> {
    fn drop(&mut self) {
        if self.series.leave_scope() {
            self.table.remove_series(&self.series);
        }
    }
}

/// How often a look-up is repeated because the series is being removed.
const TRIES: usize = 1_000;

impl<M: Stored> Series<M> {
    pub(super) fn found(store: &Store<M>, found: FoundSeries<M::Cells>) -> Self {
        // An allocator that updates metrics may be called from here.
        let _inside = storage::enter();
        let common = store.common().clone();
        match found {
            FoundSeries::Open(series) => Series::open(series, None, common, store),
            FoundSeries::Closed { position, positions } => {
                if IS_RECORDING {
                    storage::join_late(&store.places[0]);
                }
                let places = [store.places[0].frozen(), store.places[1].frozen()];
                Series {
                    open: None,
                    kind: KeptKind::Closed { places, position, positions, common },
                }
            }
            FoundSeries::Nothing => Series { open: None, kind: KeptKind::Nothing(common) },
        }
    }

    fn open(
        series: Held<M::Cells>,
        scope: Option<SeriesScope<M>>,
        common: Arc<Common<M>>,
        store: &Store<M>,
    ) -> Self {
        Series { open: Some(series), kind: KeptKind::Open { scope, common, home: store.home() } }
    }

    /// Keeps the series returned by `find` until the last clone that is scoped is dropped.
    pub(super) fn scoped(store: &Store<M>, find: impl Fn() -> FoundSeries<M::Cells>) -> Self {
        for _ in 0..TRIES {
            let found = find();
            let (FoundSeries::Open(series), Some(table)) = (&found, store.table()) else {
                return Series::found(store, found);
            };
            // The overflow series is shared, so it has no scope.
            let table = &*table;
            if table.is_other(series) {
                return Series::found(store, found);
            }
            if let Some(scope) = SeriesScope::new(series, table) {
                return Series::open(series.clone(), Some(scope), store.common().clone(), store);
            }
            // The last scope has ended, but has not removed the series yet.
            table.remove_series(series);
        }
        Series { open: None, kind: KeptKind::Nothing(store.common().clone()) }
    }

    pub(crate) fn unlabelled(unlabelled: Arc<dyn KeptUnlabelled<M>>) -> Self {
        Series { open: None, kind: KeptKind::Unlabelled(unlabelled) }
    }
}

impl<T: Target<M>, M: Stored> Handle<'_, T, M> {
    /// Looks the series up, and keeps it.
    pub(crate) fn kept(&self) -> Series<M> {
        Series::found(self.store, self.series.found(self.store).0)
    }

    /// Keeps the series until its last scope is dropped.
    pub(crate) fn kept_in_scope(&self) -> Series<M> {
        Series::scoped(self.store, || self.series.found(self.store).0)
    }
}

impl<M: Stored> AnySeries<M> for Series<M> {
    const IS_UNLABELLED: bool = false;

    fn facts(&self) -> &M::Facts {
        match &self.kind {
            KeptKind::Open { common, .. }
            | KeptKind::Closed { common, .. }
            | KeptKind::Nothing(common) => &common.facts,
            KeptKind::Unlabelled(unlabelled) => unlabelled.facts(),
        }
    }

    fn rejected(&self) -> &Rejected {
        match &self.kind {
            KeptKind::Open { common, .. }
            | KeptKind::Closed { common, .. }
            | KeptKind::Nothing(common) => &common.rejected,
            KeptKind::Unlabelled(unlabelled) => unlabelled.rejected(),
        }
    }

    #[inline]
    fn in_slabs(&self) -> Option<(&[Place], usize)> {
        match &self.kind {
            _ if isolation::is_in() => None,
            KeptKind::Closed { places, position, .. } if M::IS_CLEARABLE => {
                Some((places, *position))
            }
            KeptKind::Unlabelled(unlabelled) => Some((unlabelled.places(), 0)),
            _ => None,
        }
    }

    #[inline]
    fn update(&self, in_slabs: impl FnOnce(&[Place], usize) -> bool, own: impl FnOnce(&M::Cells)) {
        if !IS_RECORDING {
            return;
        }
        if let Some(elsewhere) = self.elsewhere() {
            return match elsewhere.cells() {
                Some(cells) => own(cells),
                None => self.rejected().count(),
            };
        }
        if let Some(series) = &self.open {
            return own(&series.cells);
        }
        if self.in_slabs().is_some_and(|(places, position)| in_slabs(places, position)) {
            return;
        }
        match self.own() {
            Some(cells) => own(cells),
            None => self.rejected().count(),
        }
    }

    fn read<R>(&self, read: impl FnOnce(Option<&Reading<'_, M>>) -> R) -> R {
        if let Some(elsewhere) = self.elsewhere() {
            return read(Some(&Reading::new(self.facts(), elsewhere.cells(), None, None)));
        }
        let totals = |places, position| total_of(places, M::shapes(self.facts()), position);
        match &self.kind {
            KeptKind::Open { common, .. } => {
                let own = self.open.as_ref().map(|series| &series.cells);
                read(Some(&Reading::new(&common.facts, own, None, None)))
            }
            KeptKind::Closed { places, position, common, .. } => {
                let totals = &totals(places, *position);
                let slabs = M::IS_CLEARABLE
                    .then(|| InSlabs::of::<M>(places, &common.facts, *position, totals));
                common.read(*position, slabs, |reading| read(Some(reading)))
            }
            KeptKind::Unlabelled(unlabelled) => {
                let totals = &totals(unlabelled.places(), 0);
                let slabs = InSlabs::of::<M>(unlabelled.places(), unlabelled.facts(), 0, totals);
                read(Some(&Reading::new(unlabelled.facts(), unlabelled.own(), Some(slabs), None)))
            }
            KeptKind::Nothing(_) => read(None),
        }
    }
}

impl<M: Stored> Series<M> {
    /// Returns the cells to use if this thread is not in the isolation that the series was kept in.
    #[inline]
    fn elsewhere(&self) -> Option<Elsewhere<M::Cells>> {
        if !isolation::IS_POSSIBLE {
            return None;
        }
        match &self.kind {
            KeptKind::Open { common, home: Some(home), .. } if home.is_elsewhere() => {
                let outside = home.outside()?;
                let isolated = isolation::of(home.identity(), || outside.with_same_limits());
                let table = isolated.as_deref().unwrap_or(outside);
                let series = self.open.as_ref()?;
                let found = table.get_or_make_like(series, || M::cells(&common.facts));
                Some(found.map_or(Elsewhere::Nothing, Elsewhere::Open))
            }
            KeptKind::Closed { position, common, .. } => {
                let isolated = isolation::of(common.identity, IsolatedCells::<M::Cells>::new)?;
                let cells = isolated.get_or_make(*position, || M::cells(&common.facts));
                Some(Elsewhere::Other(cells))
            }
            KeptKind::Unlabelled(unlabelled) => unlabelled.isolated().map(Elsewhere::Other),
            KeptKind::Open { .. } | KeptKind::Nothing(_) => None,
        }
    }

    /// Returns whether it is an open series that was removed, so that its updates are not exposed.
    #[cfg(feature = "requests")]
    #[inline]
    pub(crate) fn is_removed(&self) -> bool {
        self.open.as_ref().is_some_and(|series| series.is_removed())
    }

    /// Returns whether it is an open series that keeps its labels, of which there are `labels`,
    /// until it is removed: it does not expire, and is not the overflow series.
    #[cfg(feature = "requests")]
    pub(crate) fn is_lasting(&self, labels: usize) -> bool {
        let is_lasting = |series: &Held<M::Cells>| {
            !series.is_removed() && !series.can_expire() && !series.key().is_all_other(labels)
        };
        self.open.as_ref().is_some_and(is_lasting)
    }

    /// Returns its own cells, unless it is an open series.
    fn own(&self) -> Option<&M::Cells> {
        match &self.kind {
            KeptKind::Closed { position, positions, common, .. } => match common.own(*position) {
                None if storage::is_inside() => None,
                None => {
                    let _inside = storage::enter();
                    common.make_own(*position, *positions)
                }
                cells => cells,
            },
            KeptKind::Unlabelled(unlabelled) => unlabelled.own(),
            KeptKind::Open { .. } | KeptKind::Nothing(_) => None,
        }
    }
}

impl<M: Stored> Clone for Series<M> {
    fn clone(&self) -> Self {
        let kind = match &self.kind {
            KeptKind::Open { scope, common, home } => {
                // `self` is in scope, so the series cannot be removed meanwhile.
                let scope =
                    scope.as_ref().and_then(|scope| SeriesScope::new(&scope.series, &scope.table));
                KeptKind::Open { scope, common: common.clone(), home: home.clone() }
            }
            KeptKind::Closed { places, position, positions, common } => {
                let places = [places[0].frozen(), places[1].frozen()];
                let (position, positions) = (*position, *positions);
                KeptKind::Closed { places, position, positions, common: common.clone() }
            }
            KeptKind::Unlabelled(unlabelled) => KeptKind::Unlabelled(unlabelled.clone()),
            KeptKind::Nothing(common) => KeptKind::Nothing(common.clone()),
        };
        Series { open: self.open.clone(), kind }
    }
}

impl<M: Stored> fmt::Debug for Series<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Series").finish_non_exhaustive()
    }
}
