//! Where the series of a family are: those of closed labels by index, those of open ones by value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

use super::cells::Cells;
use crate::descriptor::Names;
use crate::labels::LabelSet;
use crate::metric::{Declaration, Metric};
use crate::number::Number;
use crate::place::{Place, Shape, Totals, take_block};
use crate::read::Extent;
use crate::storage::{self, Held, Limits, OpenTable, Rejected};

/// A metric that can be kept once for each set of labels.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the metric of a family",
    label = "not a metric with series",
    note = "a family is written `Family<Labels, Counter>`, with a `Counter`, `Gauge`, `Histogram` or `InProgress` second"
)]
pub trait FamilyMetric: Metric + Stored<Facts = ()> {
    /// The bits of what a member has counted, in slabs since it was cleared and in its own cells.
    #[doc(hidden)]
    fn member_bits(read: &Reading<'_, Self>) -> u64;

    /// Adds the buckets of what a member has counted to `counts`, and gives the sum.
    #[doc(hidden)]
    fn member_histogram(_read: &Reading<'_, Self>, _counts: &mut [u64]) -> Number {
        Number::Whole(0)
    }

    /// Whether it has counted anything since it was cleared.
    #[doc(hidden)]
    fn is_touched(read: &Reading<'_, Self>) -> bool;
}

/// What is kept once for each set of labels.
pub trait Stored: Sized + 'static {
    /// What a series counts in, where it has cells of its own.
    #[doc(hidden)]
    type Cells: Cells;

    /// What is known of all its series, besides their labels and buckets.
    #[doc(hidden)]
    type Facts: Copy + Send + Sync;

    /// Cells at zero.
    #[doc(hidden)]
    fn cells(store: &Store<Self>) -> Self::Cells;

    /// The cells that each series has in every slab, if any, at each of the places. What is a
    /// float has none, since no float can be taken away again from a sum.
    #[doc(hidden)]
    fn shapes(store: &Store<Self>) -> [Option<Shape>; 2];

    /// Takes what is in cells of its own back to zero.
    #[doc(hidden)]
    fn reset(cells: &Self::Cells);
}

/// The series of a family.
pub struct Store<M: Stored> {
    /// Where the members' cells are in slabs, one after the other.
    pub(crate) places: [Place; 2],
    pub(crate) facts: Facts,
    /// A closed family's members' own cells, if any were ever needed.
    members: OnceBox<Vec<M::Cells>>,
    /// What stood in the slabs when members were cleared, if any ever was.
    cleared: OnceBox<ArcSwap<BTreeMap<usize, Arc<Base>>>>,
    open: OnceBox<OpenTable<M::Cells>>,
    pub(crate) rejected: Rejected,
    /// What else is known.
    pub(crate) more: M::Facts,
}

/// What is known of a family.
#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) bounds: Cow<'static, [f64]>,
    /// The bounds as the unit stores them.
    pub(crate) stored_bounds: Cow<'static, [u64]>,
    /// The names of its own labels.
    pub(crate) names: Names,
    pub(crate) max_series: usize,
    /// The longest value of an open label.
    pub(crate) max_label_bytes: usize,
    /// How long an open series may go without an update.
    pub(crate) expire_after: Option<Duration>,
}

/// Which series of a store.
#[derive(Debug)]
pub enum Which<'a, C> {
    /// Of a closed family: its position.
    Member(usize),
    /// Of an open family: its cells.
    Own(&'a C),
}

/// A member and what slabs hold of it.
#[derive(Debug)]
pub struct Reading<'a, M: Stored> {
    pub(crate) store: &'a Store<M>,
    pub(crate) member: usize,
    pub(crate) totals: &'a Totals,
}

/// What stood in the slabs when a member was cleared.
#[derive(Clone, Default)]
struct Base {
    /// In the cells at each place.
    cells: [Vec<u64>; 2],
    /// The numbers of the clearing, before and after the slabs were read.
    begun: u64,
    ended: u64,
}

impl Facts {
    pub(crate) const fn of<D: Declaration>() -> Facts {
        Facts {
            bounds: Cow::Borrowed(D::DESCRIPTOR.buckets()),
            stored_bounds: Cow::Borrowed(D::BOUNDS),
            names: Names::Declared(D::LABEL_NAMES),
            max_series: D::MAX_SERIES,
            max_label_bytes: D::MAX_LABEL_BYTES,
            expire_after: D::EXPIRE_AFTER,
        }
    }
}

impl<M: Stored> Store<M> {
    pub(crate) const fn new(places: [Place; 2], facts: Facts, more: M::Facts) -> Self {
        Store {
            places,
            facts,
            members: OnceBox::new(),
            cleared: OnceBox::new(),
            open: OnceBox::new(),
            rejected: Rejected::new(),
            more,
        }
    }

    pub(crate) fn buckets(&self) -> usize {
        self.facts.bounds.len() + 1
    }

    /// Updates the series of these labels. Nothing happens if an allocator comes back in from
    /// where a series is made.
    #[inline]
    pub(crate) fn update<K: LabelSet>(&self, labels: &K, update: impl FnOnce(Which<'_, M::Cells>)) {
        if const { K::LABELS.open() == 0 } {
            return update(Which::Member(labels.position()));
        }
        if !storage::is_prepared() {
            if let Some(series) = self.series_unprepared(labels) {
                update(Which::Own(&series.cells));
            }
            return;
        }
        if let Some(table) = self.open_table(labels) {
            let left = table.update(labels, |cells| update(Which::Own(cells)));
            if let Some(update) = left
                && let Some(series) = self.make(table, labels)
            {
                update(&series.cells);
            }
        }
    }

    /// The series of these labels, made if it is not there.
    pub(crate) fn series<K: LabelSet>(&self, labels: &K) -> Option<Held<M::Cells>> {
        if !storage::is_prepared() {
            return self.series_unprepared(labels);
        }
        let table = self.open_table(labels)?;
        table.get(labels).or_else(|| self.make(table, labels))
    }

    /// The series of these labels, in a thread that looks into an open family for the first time,
    /// or ends: looking allocates, and an allocator that comes back in must not look again.
    #[cold]
    #[inline(never)]
    fn series_unprepared<K: LabelSet>(&self, labels: &K) -> Option<Held<M::Cells>> {
        if storage::is_inside() {
            self.rejected.count();
            return None;
        }
        let _inside = storage::enter();
        let open_labels = labels.open_len();
        storage::arrive(&self.places[0]);
        let table = self.open.get_or_init(|| self.new_table(open_labels));
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
        let series = table.get_or_make(labels, || M::cells(self));
        if series.is_none() {
            self.rejected.count();
        }
        series
    }

    fn new_table(&self, open_labels: usize) -> Box<OpenTable<M::Cells>> {
        let limits = Limits {
            max_series: self.facts.max_series,
            max_value_bytes: self.facts.max_label_bytes,
            expire_after: self.facts.expire_after,
        };
        Box::new(OpenTable::new(limits, open_labels))
    }

    /// The table of an open family, which is made at its first use.
    #[inline]
    fn open_table<K: LabelSet>(&self, labels: &K) -> Option<&OpenTable<M::Cells>> {
        match self.open.get() {
            Some(table) => Some(table),
            None => self.make_table(labels.open_len()),
        }
    }

    #[cold]
    #[inline(never)]
    fn make_table(&self, open_labels: usize) -> Option<&OpenTable<M::Cells>> {
        if storage::is_inside() {
            self.rejected.count();
            return None;
        }
        let _inside = storage::enter();
        storage::arrive(&self.places[0]);
        Some(self.open.get_or_init(|| self.new_table(open_labels)))
    }

    /// The table of an open family, if it was ever used.
    pub(crate) fn table(&self) -> Option<&OpenTable<M::Cells>> {
        self.open.get()
    }

    /// Removes the series that nobody has updated for too long, and drops what was removed.
    pub(crate) fn tidy(&self) {
        if let Some(table) = self.table() {
            table.expire(M::Cells::has_changed);
            table.tidy();
        }
    }

    /// A member's own cells, if any member needed some.
    pub(crate) fn own(&self, member: usize) -> Option<&M::Cells> {
        self.members.get()?.get(member)
    }

    /// A member's own cells, of so many members. None while an allocator comes back in from where
    /// they are made.
    #[cold]
    #[inline(never)]
    pub(crate) fn own_or_make(&self, member: usize, members: usize) -> Option<&M::Cells> {
        let cells = match self.members.get() {
            Some(cells) => cells,
            None if storage::is_inside() => {
                self.rejected.count();
                return None;
            }
            None => {
                let _inside = storage::enter();
                storage::arrive(&self.places[0]);
                self.members
                    .get_or_init(|| Box::new((0..members).map(|_| M::cells(self)).collect()))
            }
        };
        cells.get(member)
    }

    /// The places that it has, with the shape of each member's cells.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = (&Place, Shape)> {
        let shapes = std::iter::zip(&self.places, M::shapes(self));
        shapes.filter_map(|(place, shape)| Some((place, shape?)))
    }

    /// Asks for cells in slabs, for so many members if the labels are closed. What has none asks for
    /// nothing, which shows that the slice holds it.
    pub(crate) fn ask_places<'a>(
        &'a self,
        extent: Extent,
        ask: &mut dyn FnMut(&'a Place, Shape, usize),
    ) {
        let [first, _] = &self.places;
        match extent {
            Extent::Fixed(members) if self.shapes().next().is_some() => {
                self.shapes().for_each(|(place, shape)| ask(place, shape, members));
            }
            _ => ask(first, Shape::Whole(0), 0),
        }
    }

    /// What slabs hold of one member.
    pub(crate) fn totals(&self, member: usize) -> Totals {
        let cells = self.shapes().map(|(place, shape)| (place.at(member, shape.len()), shape));
        storage::total_of(&cells.collect::<Vec<_>>())
    }

    /// Takes members back to zero.
    pub(crate) fn clear_members(&self, members: impl IntoIterator<Item = usize>) {
        let bases: BTreeMap<_, _> =
            members.into_iter().map(|member| (member, Arc::new(self.base(member)))).collect();
        let cleared = self.cleared.get_or_init(Box::default);
        cleared.rcu(|old| {
            let mut all = BTreeMap::clone(old);
            for (member, base) in &bases {
                // Another thread may have cleared it meanwhile, and have seen more.
                let is_newer = |other: &Arc<Base>| other.begun > base.begun;
                if !all.get(member).is_some_and(is_newer) {
                    all.insert(*member, base.clone());
                }
            }
            all
        });
        bases.keys().filter_map(|member| self.own(*member)).for_each(M::reset);
    }

    /// What stands in the slabs of a member now.
    fn base(&self, member: usize) -> Base {
        let mut base = Base { begun: storage::next_clearing(), ..Base::default() };
        let totals = self.totals(member);
        for (cells, (place, shape)) in std::iter::zip(&mut base.cells, self.shapes()) {
            let start = place.at(member, shape.len());
            let end = start.saturating_add(shape.len());
            *cells = totals.cells.get(start..end).unwrap_or_default().to_vec();
        }
        base.ended = storage::next_clearing();
        base
    }
}

impl<M: Stored> Reading<'_, M> {
    /// Where a cell at a place is: which of those that it has there.
    fn index(&self, place: usize, cell: usize) -> usize {
        let shape = M::shapes(self.store)[place];
        let start = self.store.places[place].at(self.member, shape.map_or(0, Shape::len));
        start.saturating_add(cell)
    }

    /// What slabs hold of it in a cell at a place, since it was cleared.
    pub(crate) fn in_slabs(&self, place: usize, cell: usize) -> u64 {
        let index = self.index(place, cell);
        let of = |totals: &Totals| totals.cells.get(index).copied().unwrap_or_default();
        let Some(base) = self.base() else { return of(self.totals) };
        let cleared = base.cells[place].get(cell).copied().unwrap_or_default();
        if self.is_newer(&base) {
            of(&self.store.totals(self.member)).wrapping_sub(cleared)
        } else {
            of(self.totals).wrapping_sub(cleared)
        }
    }

    /// What slabs hold of it in a cell at a place, at this very moment, cleared or not.
    pub(crate) fn now(&self, place: usize, cell: usize) -> u64 {
        self.totals.now(self.index(place, cell))
    }

    /// Adds the buckets of the histogram at a place that slabs hold of it, since it was cleared,
    /// and gives the sum.
    pub(crate) fn block_in_slabs(&self, place: usize, counts: &mut [u64]) -> Option<u128> {
        let start = self.index(place, 0);
        let since = |totals: &Totals, base: &Base, counts: &mut [u64]| {
            let sum = totals.block(start, counts)?;
            Some(sum.wrapping_sub(take_block(&base.cells[place], counts).unwrap_or_default()))
        };
        match self.base() {
            None => self.totals.block(start, counts),
            Some(base) if self.is_newer(&base) => {
                since(&self.store.totals(self.member), &base, counts)
            }
            Some(base) => since(self.totals, &base, counts),
        }
    }

    /// Its own cells, if it has any.
    pub(crate) fn own(&self) -> Option<&M::Cells> {
        self.store.own(self.member)
    }

    /// Whether it was cleared while the totals were taken, or after that: they may lack some of
    /// what stood in the slabs then.
    fn is_newer(&self, base: &Base) -> bool {
        base.ended > self.totals.clearings
    }

    /// What stood in the slabs when it was cleared, if it was.
    fn base(&self) -> Option<Arc<Base>> {
        self.store.cleared.get()?.load().get(&self.member).cloned()
    }
}

impl<M: Stored> fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
