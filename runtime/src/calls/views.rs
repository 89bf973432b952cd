//! The three families of calls. Each is a view of the same series, and they are nested so that all
//! three can be borrowed as metrics.

use std::collections::TryReserveError;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::cells::{CallCells, CallFacts, CallSeries};
use super::outcome::{self, End, Outcome, Outcomes, ends};
use crate::kind::Kind;
use crate::labels::{LabelList, LabelSet, ValueSet, value_of};
use crate::memory;
use crate::metric::{Declaration, Make, Maker, Metric};
use crate::number::Number;
use crate::place::{Place, Shape, Totals};
use crate::read::{Changes, Collect, Extent, Labels, PointBuffers, Row};
use crate::series::{Bounds, FamilyFacts, Reading, SeriesRow, Store, Stored};
use crate::storage::{OpenSeries, Version};
use crate::unit::{Scale, Seconds, Unitless};

/// The family of calls that have ended, by their labels and their outcome.
pub struct CallCounts<L, E: 'static>(pub(super) CallDurations<L, E>);

/// The family of durations, by their labels.
pub struct CallDurations<L, E: 'static>(pub(super) CallsRunning<L, E>);

/// The family of calls in progress, by their labels.
pub struct CallsRunning<L, E: 'static> {
    pub(super) store: Store<CallSeries<E>>,
    labels: PhantomData<fn() -> L>,
}

/// Returns what all calls of a field share.
const fn facts<E: LabelSet, D: Declaration>() -> CallFacts {
    let bounds = Bounds::of(D::DESCRIPTOR.buckets(), D::BOUNDS);
    CallFacts::new(bounds, kinds::<E>(), Outcomes::NONE, true)
}

/// Returns the kinds of errors: the values of the only label in `E`, if there is one.
pub(super) const fn kinds<E: LabelSet>() -> ValueSet {
    match E::LABELS.as_slice() {
        [label] => label.values,
        _ => ValueSet::OPEN,
    }
}

impl<L, E: 'static> CallCounts<L, E> {
    pub(super) const fn of(places: [Place; 2], facts: CallFacts, family: FamilyFacts) -> Self {
        CallCounts(CallDurations(CallsRunning::of(places, facts, family)))
    }

    /// Returns the store of the calls.
    pub(super) fn store(&self) -> &Store<CallSeries<E>> {
        &self.0.0.store
    }
}

impl<L, E: 'static> CallsRunning<L, E> {
    const fn of(places: [Place; 2], facts: CallFacts, family: FamilyFacts) -> Self {
        CallsRunning { store: Store::new(places, facts, family), labels: PhantomData }
    }
}

impl<L, E: LabelSet + 'static> CallCounts<L, E> {
    pub(super) const fn new<D: Declaration>() -> Self {
        CallCounts(CallDurations::new::<D>())
    }
}

impl<L, E: LabelSet + 'static> CallDurations<L, E> {
    const fn new<D: Declaration>() -> Self {
        CallDurations(CallsRunning::new::<D>())
    }
}

impl<L, E: LabelSet + 'static> CallsRunning<L, E> {
    const fn new<D: Declaration>() -> Self {
        CallsRunning::of([D::PLACE, D::PLACE], facts::<E, D>(), FamilyFacts::of::<D>())
    }
}

/// What a row of a view shows.
#[derive(Clone, Copy, Debug)]
enum CallsPart {
    /// The calls that have ended in this way.
    Ended(usize),
    Durations,
    Running,
}

/// A row of a series of open labels.
#[derive(Clone)]
struct Item {
    series: Arc<OpenSeries<CallCells>>,
    part: CallsPart,
    /// The index of the row within the series.
    index: usize,
}

impl<E: 'static> SeriesRow<CallSeries<E>> for Item {
    fn series(&self) -> &Arc<OpenSeries<CallCells>> {
        &self.series
    }

    fn row(&self) -> Row<'_> {
        Row::of_part(&self.series, self.index)
    }

    fn bits(&self, read: &Reading<'_, CallSeries<E>>, _: &Totals) -> u64 {
        self.part.bits(read)
    }
}

impl CallsPart {
    fn bits<E: 'static>(self, read: &Reading<'_, CallSeries<E>>) -> u64 {
        match self {
            CallsPart::Ended(end) => read.ended(end),
            CallsPart::Running => read.in_progress(),
            CallsPart::Durations => 0,
        }
    }
}

/// One of the three views: which parts of each series it shows.
trait View: Send + Sync + 'static {
    type Labels: LabelSet;
    type Errors: 'static;

    fn store(&self) -> &Store<CallSeries<Self::Errors>>;

    /// Returns the number of rows per series.
    fn parts(&self) -> usize {
        1
    }

    fn part(&self, index: usize) -> CallsPart;

    /// Returns the value of a label that follows the own labels of a row.
    fn extra_label_value(&self, _part: usize, _label: usize) -> &'static str {
        ""
    }

    /// Returns whether a row is exposed before anything is counted in it.
    fn is_expected(&self, _part: usize) -> bool {
        false
    }

    /// Reads the series of a row.
    fn read<R>(
        &self,
        row: usize,
        totals: &Totals,
        read: impl FnOnce(&Reading<'_, CallSeries<Self::Errors>>) -> R,
    ) -> R {
        self.store().read(row / self.parts(), totals, read)
    }

    /// Returns the number of series of closed labels.
    fn rows(&self) -> Option<usize> {
        let labels = <Self::Labels as LabelSet>::LABELS;
        (labels.open() == 0).then_some(labels.combinations())
    }
}

impl<L: LabelSet + 'static, E: 'static> View for CallCounts<L, E> {
    type Labels = L;
    type Errors = E;

    fn store(&self) -> &Store<CallSeries<E>> {
        &self.0.0.store
    }

    fn parts(&self) -> usize {
        ends(self.error_kinds())
    }

    fn part(&self, index: usize) -> CallsPart {
        CallsPart::Ended(index)
    }

    /// Returns the outcome, or the kind of an error.
    fn extra_label_value(&self, end: usize, label: usize) -> &'static str {
        let (outcome, kind) = End(end).parts();
        match (label, kind) {
            (0, _) => outcome.as_str(),
            (_, Some(kind)) => self.error_kinds().get(kind),
            (_, None) => "",
        }
    }

    /// Returns whether a row is exposed before its first call. Errors with kinds are exposed by
    /// kind.
    fn is_expected(&self, end: usize) -> bool {
        let (outcome, kind) = End(end).parts();
        let is_told_by_kind = outcome == Outcome::Error && self.error_kinds().is_closed();
        self.store().facts.expected.contains(outcome) && is_told_by_kind == kind.is_some()
    }
}

impl<L: LabelSet + 'static, E: 'static> View for CallDurations<L, E> {
    type Labels = L;
    type Errors = E;

    fn store(&self) -> &Store<CallSeries<E>> {
        &self.0.store
    }

    fn part(&self, _: usize) -> CallsPart {
        CallsPart::Durations
    }
}

impl<L: LabelSet + 'static, E: 'static> View for CallsRunning<L, E> {
    type Labels = L;
    type Errors = E;

    fn store(&self) -> &Store<CallSeries<E>> {
        &self.store
    }

    fn part(&self, _: usize) -> CallsPart {
        CallsPart::Running
    }
}

impl<L: LabelSet + 'static, E: 'static> CallCounts<L, E> {
    fn error_kinds(&self) -> ValueSet {
        self.store().facts.kinds
    }
}

/// Returns the labels of a family of calls, with those that distinguish how calls ended.
const fn end_labels<L: LabelSet, E: LabelSet>() -> LabelList {
    let labels = LabelList::new().set(L::LABELS);
    let labels = labels.label("outcome", outcome::values(kinds::<E>()));
    match E::LABELS.as_slice() {
        // The kinds are among the values of the outcome.
        [kind] => labels.label(kind.name, ValueSet::known(&[""])),
        _ => labels,
    }
}

macro_rules! metric {
    ($($view:ident: $kind:ident, $scale:ident, $unit:ident, $labels:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<L: LabelSet + 'static, E: LabelSet + 'static> Metric for $view<L, E> {
            const KIND: Kind = Kind::$kind;
            const SCALE: Scale = Scale::$scale;
            const LABELS: LabelList = $labels;
            type Unit = $unit;
            type Maker<D: Declaration> = Maker<Self, D>;
        }

        // A blanket impl would add a note on views to the error about a type that is not a metric.
        impl<L: LabelSet + 'static, E: 'static> Collect for $view<L, E> {
            fn extent(&self) -> Extent {
                self.rows().map_or(Extent::Open, |rows| Extent::Fixed(rows * self.parts()))
            }

            fn label_value<'a>(&'a self, row: Row<'a>, label: usize) -> &'a str {
                let (position, key, part) = match row {
                    Row::Fixed(row) => (row / self.parts(), None, row % self.parts()),
                    Row::Open { position, key, part } => (position, Some(key), part),
                };
                match label.checked_sub(L::LABELS.len()) {
                    None => value_of::<L>(position, key, label),
                    Some(label) => self.extra_label_value(part, label),
                }
            }

            fn bits(&self, row: usize, totals: &Totals) -> u64 {
                self.read(row, totals, |series| self.part(row % self.parts()).bits(series))
            }

            fn distribution(&self, row: usize, totals: &Totals, buffers: &mut PointBuffers) -> Number {
                self.read(row, totals, |series| CallSeries::distribution_in(series, buffers))
            }

            fn is_touched(&self, row: usize, totals: &Totals) -> bool {
                let part = row % self.parts();
                self.is_expected(part)
                    || match self.part(part) {
                        CallsPart::Durations => {
                            let mut buffers = PointBuffers::default();
                            self.distribution(row, totals, &mut buffers);
                            buffers.is_touched()
                        }
                        _ => self.bits(row, totals) != 0,
                    }
            }

            fn created(&self, row: usize) -> Option<Duration> {
                self.store().cleared_at(row / self.parts())
            }

            /// Asks for cells in one of the three views, for all of them.
            fn places<'a>(&'a self, ask: &mut dyn FnMut(&'a Place, Shape, usize)) {
                if let CallsPart::Ended(_) = self.part(0) {
                    let rows = self.rows().map_or(Extent::Open, Extent::Fixed);
                    self.store().ask_places(rows, ask);
                }
            }

            /// Returns what all three views share in only one of them.
            fn rejected(&self) -> u64 {
                match self.part(0) {
                    CallsPart::Ended(_) => self.store().rejected(),
                    _ => 0,
                }
            }

            fn overflow_updates(&self) -> u64 {
                self.store().table().map_or(0, |table| table.overflow_updates())
            }

            fn tidy(&self) {
                self.store().tidy();
            }

            fn version(&self) -> Version {
                self.store().table().map_or(Version::ZERO, |table| table.version())
            }

            fn changes(&self, from: Version, to: Version) -> Result<Option<Changes>, TryReserveError> {
                self.store().changes((from, to), |series, rows| {
                    (0..self.parts()).try_for_each(|index| {
                        let part = self.part(index);
                        memory::push(rows, Item { series: series.clone(), part, index })
                    })
                })
            }

            /// Removes calls with everything counted of them, in only one of the three views.
            fn remove_series(&self, predicate: &mut dyn FnMut(&Labels<'_>) -> bool) -> usize {
                let (CallsPart::Ended(_), store) = (self.part(0), self.store()) else { return 0 };
                let Some(rows) = self.rows() else {
                    let Some(table) = store.table() else { return 0 };
                    return table.remove_where(|series| {
                        let value = |label| self.label_value(Row::of(series), label);
                        predicate(&Labels::of_metric(&store.family.names, &value))
                    });
                };
                let is_hit = |row: &usize| {
                    let totals = store.totals(*row);
                    let first = Row::Fixed(row * self.parts());
                    let value = |label| self.label_value(first, label);
                    store.read(*row, &totals, |series| (0..self.parts()).any(|end| series.ended(end) != 0))
                        && predicate(&Labels::of_metric(&store.family.names, &value))
                };
                let hits: Vec<_> = (0..rows).filter(is_hit).collect();
                let removed = hits.len();
                store.clear_positions(hits);
                removed
            }
        }

        impl<L: LabelSet, E: LabelSet + 'static, D: Declaration> Make<$view<L, E>>
            for Maker<$view<L, E>, D>
        {
            const NEW: $view<L, E> = $view::new::<D>();
        }

        impl<L, E: 'static> fmt::Debug for $view<L, E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($view))
            }
        }
    )*};
}

metric! {
    CallCounts: Counter, Whole, Unitless, end_labels::<L, E>();
    CallDurations: Histogram, Nanoseconds, Seconds, L::LABELS;
    CallsRunning: Gauge, Whole, Unitless, L::LABELS;
}
