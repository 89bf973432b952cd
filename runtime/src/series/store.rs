//! The series of a family: those of closed labels by index, those of open ones by value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

use super::isolated::IsolatedCells;
use super::reading::{Base, InSlabs, Reading, shaped, total_of};
use super::{SeriesType, Stored};
use crate::descriptor::Names;
use crate::isolation::{self, Home, Identity, Number};
use crate::labels::LabelSet;
use crate::place::{Place, Shape, Totals};
use crate::read::Extent;
use crate::storage::{self, Held, Limits, OpenTable, Rejected};

/// The series of a family.
pub struct Store<M: SeriesType> {
    /// The cells of closed labels in slabs, in the order of their positions.
    pub(crate) places: [Place; 2],
    /// What all series share.
    pub(crate) facts: M::Facts,
    pub(crate) family: FamilyFacts,
    /// State shared with kept series, which may outlive the store.
    common: OnceBox<Arc<Common<M>>>,
    open: OnceBox<Arc<OpenTable<M::Cells>>>,
    pub(crate) rejected: Rejected,
    identity: Identity,
}

/// State shared by a family and its kept series.
pub(crate) struct Common<M: SeriesType> {
    pub(crate) facts: M::Facts,
    /// The own cells of the series of a closed family, if any were ever needed.
    own: OnceBox<Vec<M::Cells>>,
    /// What slabs held when series were reset, by position, if any ever was.
    cleared: OnceBox<ArcSwap<BTreeMap<usize, Arc<Base>>>>,
    /// The number of values that kept series could not store.
    pub(crate) rejected: Rejected,
    /// The identity of the family.
    pub(super) identity: Number,
}

/// The labels of a family, and their limits.
#[derive(Clone, Debug)]
pub(crate) struct FamilyFacts {
    /// The names of its own labels.
    pub(crate) names: Names,
    pub(crate) max_series: usize,
    /// The longest value of an open label in bytes.
    pub(crate) max_label_bytes: usize,
    /// The time without an update after which an open series expires.
    pub(crate) expire_after: Option<Duration>,
}

/// One of the series of a store.
#[derive(Debug)]
pub enum SeriesRef<'a, C> {
    /// The index of a series of a closed family.
    Closed(usize),
    /// The cells of a series of an open family.
    Open(&'a C),
}

impl<M: Stored> Store<M> {
    pub(crate) const fn new(places: [Place; 2], facts: M::Facts, family: FamilyFacts) -> Self {
        Store {
            places,
            facts,
            family,
            common: OnceBox::new(),
            open: OnceBox::new(),
            rejected: Rejected::new(),
            identity: Identity::new(),
        }
    }

    /// Returns the state shared with kept series.
    pub(crate) fn common(&self) -> &Arc<Common<M>> {
        self.common.get_or_init(|| {
            let facts = self.facts.clone();
            let (own, cleared) = (OnceBox::new(), OnceBox::new());
            let (rejected, identity) = (Rejected::new(), self.identity.number());
            Box::new(Arc::new(Common { facts, own, cleared, rejected, identity }))
        })
    }

    /// Returns how many values it and its kept series could not store.
    pub(crate) fn rejected(&self) -> u64 {
        let of_kept = self.common.get().map_or(0, |common| common.rejected.get());
        self.rejected.get().wrapping_add(of_kept)
    }

    /// Updates the series with these labels. Does nothing if called by an allocator while a series
    /// is being created.
    #[inline]
    pub(crate) fn update<K: LabelSet>(
        &self,
        labels: &K,
        update: impl FnOnce(SeriesRef<'_, M::Cells>),
    ) {
        if const { K::LABELS.open() == 0 } {
            return update(SeriesRef::Closed(labels.position()));
        }
        if !storage::is_prepared() {
            if let Some(series) = self.series_unprepared(labels) {
                update(SeriesRef::Open(&series.cells));
            }
            return;
        }
        if let Some(table) = self.isolated_table(labels.open_len()) {
            if let Some(series) = table.get(labels).or_else(|| self.make(&table, labels)) {
                update(SeriesRef::Open(&series.cells));
            }
            return;
        }
        if let Some(table) = self.open_table(labels) {
            let left = table.update(labels, |cells| update(SeriesRef::Open(cells)));
            if let Some(update) = left
                && let Some(series) = self.make(table, labels)
            {
                update(&series.cells);
            }
        }
    }

    /// Returns the series with these labels, created if missing.
    pub(crate) fn series<K: LabelSet>(&self, labels: &K) -> Option<Held<M::Cells>> {
        if !storage::is_prepared() {
            return self.series_unprepared(labels);
        }
        if let Some(table) = self.isolated_table(labels.open_len()) {
            return table.get(labels).or_else(|| self.make(&table, labels));
        }
        let table = self.open_table(labels)?;
        table.get(labels).or_else(|| self.make(table, labels))
    }

    /// Returns the series with these labels in a thread that looks one up for the first time, or
    /// that is ending: the look-up allocates, and must not be re-entered by an allocator.
    #[cold]
    #[inline(never)]
    fn series_unprepared<K: LabelSet>(&self, labels: &K) -> Option<Held<M::Cells>> {
        if storage::is_inside() {
            self.rejected.count();
            return None;
        }
        let _inside = storage::enter();
        let open_labels = labels.open_len();
        storage::join_late(&self.places[0]);
        let outside = self.open.get_or_init(|| Box::new(Arc::new(self.new_table(open_labels))));
        let isolated = self.isolated_table(open_labels);
        let table = isolated.as_ref().unwrap_or(outside);
        table.prepare();
        storage::set_prepared();
        let series = table.get(labels);
        series.or_else(|| self.get_or_make(table, labels))
    }

    #[cold]
    #[inline(never)]
    fn make<K: LabelSet>(&self, table: &OpenTable<M::Cells>, labels: &K) -> Option<Held<M::Cells>> {
        if storage::is_inside() {
            self.rejected.count();
            return None;
        }
        let _inside = storage::enter();
        self.get_or_make(table, labels)
    }

    fn get_or_make<K: LabelSet>(
        &self,
        table: &OpenTable<M::Cells>,
        labels: &K,
    ) -> Option<Held<M::Cells>> {
        let series = table.get_or_make(labels, || M::cells(&self.facts));
        if series.is_none() {
            self.rejected.count();
        }
        series
    }

    /// Returns the table in the isolation of this thread, if it is in one.
    #[inline]
    fn isolated_table(&self, open_labels: usize) -> Option<Arc<OpenTable<M::Cells>>> {
        if isolation::is_in() {
            // Creating the outside table registers the family, as an update outside would.
            self.open.get().or_else(|| self.make_table(open_labels))?;
        }
        isolation::of(self.identity.number(), || self.new_table(open_labels))
    }

    fn new_table(&self, open_labels: usize) -> OpenTable<M::Cells> {
        let limits = Limits {
            max_series: self.family.max_series,
            max_value_bytes: self.family.max_label_bytes,
            expire_after: self.family.expire_after,
        };
        OpenTable::new(limits, open_labels)
    }

    /// Returns the table of an open family, which is created at its first use.
    #[inline]
    fn open_table<K: LabelSet>(&self, labels: &K) -> Option<&Arc<OpenTable<M::Cells>>> {
        match self.open.get() {
            Some(table) => Some(table),
            None => self.make_table(labels.open_len()),
        }
    }

    #[cold]
    #[inline(never)]
    fn make_table(&self, open_labels: usize) -> Option<&Arc<OpenTable<M::Cells>>> {
        if storage::is_inside() {
            self.rejected.count();
            return None;
        }
        let _inside = storage::enter();
        storage::join_late(&self.places[0]);
        Some(self.open.get_or_init(|| Box::new(Arc::new(self.new_table(open_labels)))))
    }

    /// Returns the table of an open family, if it was ever used: that of the isolation if this
    /// thread is in one.
    pub(crate) fn table(&self) -> Option<Cow<'_, Arc<OpenTable<M::Cells>>>> {
        let outside = self.open.get()?;
        let isolated = isolation::of(self.identity.number(), || outside.with_same_limits());
        Some(isolated.map_or(Cow::Borrowed(outside), Cow::Owned))
    }

    /// Returns where a series of the table was found.
    pub(super) fn home(&self) -> Option<Home<Arc<OpenTable<M::Cells>>>> {
        let outside = self.open.get()?;
        Some(Home::here(self.identity.number(), || outside.clone()))
    }

    /// Returns the cells at a position in the isolation of this thread, if it is in one.
    #[inline]
    pub(super) fn isolated_cells(&self, position: usize) -> Option<Arc<M::Cells>> {
        let isolated = isolation::of(self.identity.number(), IsolatedCells::<M::Cells>::new)?;
        if storage::is_inside() {
            return None;
        }
        let _inside = storage::enter();
        if self.places[0].is_waiting() {
            storage::join_late(&self.places[0]);
        }
        Some(isolated.get_or_make(position, || M::cells(&self.facts)))
    }

    /// Removes series that have expired, and drops removed ones.
    pub(crate) fn tidy(&self) {
        if let Some(table) = self.table() {
            table.expire(M::has_changed);
            table.tidy();
        }
    }

    /// Returns the own cells of one of `positions` positions, created if missing. `None` if called
    /// by an allocator while they are being created.
    #[inline]
    pub(crate) fn own_or_make(&self, position: usize, positions: usize) -> Option<&M::Cells> {
        match self.common.get().and_then(|common| common.own(position)) {
            None => self.make_own(position, positions),
            cells => cells,
        }
    }

    #[cold]
    #[inline(never)]
    fn make_own(&self, position: usize, positions: usize) -> Option<&M::Cells> {
        if storage::is_inside() {
            self.rejected.count();
            return None;
        }
        let _inside = storage::enter();
        storage::join_late(&self.places[0]);
        self.common().make_own(position, positions)
    }

    /// Returns the shapes of a series' cells in slabs. Cells that cannot be reset are not in slabs.
    fn shapes(&self) -> [Option<Shape>; 2] {
        if M::IS_CLEARABLE { M::shapes(&self.facts) } else { [None, None] }
    }

    /// Asks for cells in slabs, for each position if the labels are closed. A family without such
    /// cells asks for none, which still shows that it is in the link-time slice.
    pub(crate) fn ask_places<'a>(
        &'a self,
        extent: Extent,
        ask: &mut dyn FnMut(&'a Place, Shape, usize),
    ) {
        let shapes = self.shapes();
        match extent {
            Extent::Fixed(positions) if shapes.iter().any(Option::is_some) => {
                shaped(&self.places, shapes)
                    .for_each(|(place, shape)| ask(place, shape, positions));
            }
            _ => ask(&self.places[0], Shape::Whole(0), 0),
        }
    }

    /// Returns what slabs hold of one position.
    pub(crate) fn totals(&self, position: usize) -> Totals {
        total_of(&self.places, self.shapes(), position)
    }

    /// Reads a position from the totals of slabs and its own cells.
    #[inline]
    pub(crate) fn read<R>(
        &self,
        position: usize,
        totals: &Totals,
        read: impl FnOnce(&Reading<'_, M>) -> R,
    ) -> R {
        if let Some(isolated) =
            isolation::of(self.identity.number(), IsolatedCells::<M::Cells>::new)
        {
            let cells = isolated.get(position);
            return read(&Reading::new(&self.facts, cells.as_deref(), None, None));
        }
        let slabs =
            M::IS_CLEARABLE.then(|| InSlabs::of::<M>(&self.places, &self.facts, position, totals));
        let Some(common) = self.common.get() else {
            return read(&Reading::new(&self.facts, None, slabs, None));
        };
        common.read(position, slabs, read)
    }

    /// Returns when a position was last reset, if it ever was.
    pub(crate) fn cleared_at(&self, position: usize) -> Option<Duration> {
        if isolation::is_in() {
            return None;
        }
        let cleared = self.common.get()?.cleared.get()?;
        cleared.load().get(&position).map(|base| base.at)
    }

    /// Reads a series of an open family.
    #[inline]
    pub(crate) fn open<'a>(&'a self, cells: &'a M::Cells) -> Reading<'a, M> {
        Reading::new(&self.facts, Some(cells), None, None)
    }

    /// Resets positions to zero.
    pub(crate) fn clear_positions(&self, positions: impl IntoIterator<Item = usize>) {
        if let Some(isolated) =
            isolation::of(self.identity.number(), IsolatedCells::<M::Cells>::new)
        {
            let cells = positions.into_iter().filter_map(|position| isolated.get(position));
            return cells.for_each(|cells| M::reset(&cells));
        }
        let base = |position| Base::now(&self.places, self.shapes(), position);
        let bases: BTreeMap<_, _> =
            positions.into_iter().map(|position| (position, Arc::new(base(position)))).collect();
        let common = self.common();
        let cleared = common.cleared.get_or_init(Box::default);
        cleared.rcu(|old| {
            let mut all = BTreeMap::clone(old);
            for (position, base) in &bases {
                // Another thread may have reset it meanwhile, and have seen a higher count.
                let is_newer = |other: &Arc<Base>| other.begun > base.begun;
                if !all.get(position).is_some_and(is_newer) {
                    all.insert(*position, base.clone());
                }
            }
            all
        });
        bases.keys().filter_map(|position| common.own(*position)).for_each(M::reset);
    }
}

impl<M: Stored> Common<M> {
    /// Returns the own cells of a position, if any position needed some.
    #[inline]
    pub(crate) fn own(&self, position: usize) -> Option<&M::Cells> {
        self.own.get()?.get(position)
    }

    /// Returns the own cells of one of `positions` positions, created if missing. This thread must
    /// be inside already.
    pub(crate) fn make_own(&self, position: usize, positions: usize) -> Option<&M::Cells> {
        let make = || Box::new((0..positions).map(|_| M::cells(&self.facts)).collect());
        self.own.get_or_init(make).get(position)
    }

    /// Reads a position from what slabs hold of it and its own cells.
    #[inline]
    pub(crate) fn read<R>(
        &self,
        position: usize,
        slabs: Option<InSlabs<'_>>,
        read: impl FnOnce(&Reading<'_, M>) -> R,
    ) -> R {
        let base = self.cleared.get().and_then(|all| all.load().get(&position).cloned());
        read(&Reading::new(&self.facts, self.own(position), slabs, base.as_deref()))
    }
}

impl<M: SeriesType> fmt::Debug for Common<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Common").finish_non_exhaustive()
    }
}

impl<M: SeriesType> fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
