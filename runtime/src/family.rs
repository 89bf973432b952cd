//! Families: all series of one name, distinguished by labels.
//!
//! ```
//! use measurand::family::{Method, StatusClass};
//! use measurand::{Counter, Family, LabelSet, LabelValue, Metrics};
//!
//! /// What customers pay with.
//! #[derive(LabelValue, Clone, Copy)]
//! enum Tender {
//!     Cash,
//!     CreditCard,
//! }
//!
//! #[derive(LabelSet)]
//! struct SaleLabels<'a> {
//!     tender: Tender,
//!     shop: &'a str,
//! }
//!
//! /// What the tills report.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_till", global = TILL)]
//! struct TillMetrics {
//!     /// Receipts printed.
//!     receipts_total: Family<Tender, Counter>,
//!     /// Requests answered.
//!     requests_total: Family<(Method, StatusClass), Counter>,
//!     /// Sales.
//!     #[metric(max_series = 200)]
//!     sales_total: Family<SaleLabels<'static>, Counter>,
//! }
//!
//! TILL.receipts_total.with(Tender::Cash).inc();
//! TILL.requests_total.with((Method::Get, StatusClass::from_code(200))).inc();
//! let shop = String::from("Main St.");
//! TILL.sales_total.with(SaleLabels { tender: Tender::CreditCard, shop: &shop }).inc();
//!
//! let mut text = String::new();
//! measurand::encode_text(&mut text);
//! assert!(text.contains("doc_till_receipts_total{tender=\"cash\"} 1\n"));
//! assert!(text.contains("doc_till_receipts_total{tender=\"credit_card\"} 0\n"));
//! assert!(text.contains("doc_till_sales_total{tender=\"credit_card\",shop=\"Main St.\"} 1\n"));
//! ```
//!
//! Labels are *closed* if the compiler knows every value. Looking a series up is then an index, and
//! a family with at most 100 lines exposes all of them from the start, at 0. Any string or integer
//! makes the labels *open*: series are created when their values first occur, at most `max_series`
//! of them, and are looked up without a lock and without allocating a `String`.
//!
//! `SaleLabels<'static>` in the type of the field stands for labels of any lifetime: `with` takes
//! values that are borrowed for the duration of the call.
//!
//! Label sets can be combined: a tuple has the labels of each of its sets, one after the other.
//!
//! ```
//! use measurand::{Counter, Family, LabelSet, Metrics};
//!
//! #[derive(LabelSet)]
//! struct TillLabels {
//!     is_express: bool,
//! }
//!
//! #[derive(LabelSet)]
//! struct StaffLabels<'a> {
//!     clerk: &'a str,
//! }
//!
//! /// What the tills report.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_pair_of_sets", global = TILL)]
//! struct TillMetrics {
//!     /// Receipts printed.
//!     #[metric(max_series = 200)]
//!     receipts_total: Family<(TillLabels, StaffLabels<'static>), Counter>,
//! }
//!
//! let clerk = String::from("Kim");
//! let labels = (TillLabels { is_express: true }, StaffLabels { clerk: &clerk });
//! TILL.receipts_total.with(labels).inc();
//!
//! let mut text = String::new();
//! measurand::encode_text(&mut text);
//! let line = "doc_pair_of_sets_receipts_total{is_express=\"true\",clerk=\"Kim\"} 1\n";
//! assert!(text.contains(line));
//! ```
//!
//! # The limit of an open family
//!
//! Once there are `max_series` series, updates of further ones go to a series whose open labels are
//! all `__other__`. There is one such series for each combination of closed values, and none of
//! them counts against the limit. `measurand_overflow_updates_total{family="…"}` counts these
//! updates; [`keep`](Handle::keep), `start` and `start_timer` count as one each. Removing a series
//! makes room for another. Memory is allocated as series are created, so a generous limit costs
//! next to nothing.
//!
//! `max_series` limits the number of series, and `max_label_bytes` (1024 by default) their memory:
//! a label value with more bytes gets no series of its own. Its updates go to the series with
//! `__other__` in all open labels, and are counted as well, so a client that chooses a path or a
//! name cannot exhaust memory with long ones. A value is kept for as long as its series exists.
//!
//! ```
//! use measurand::{Counter, Family, LabelSet, Metrics};
//!
//! #[derive(LabelSet)]
//! struct PageLabels<'a> {
//!     path: &'a str,
//! }
//!
//! /// What the site reports.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_limit", global = SITE)]
//! struct SiteMetrics {
//!     /// Pages sent.
//!     #[metric(max_series = 2, max_label_bytes = 10)]
//!     pages_total: Family<PageLabels<'static>, Counter>,
//! }
//!
//! // The second has more than 10 bytes, and there is no room for the fourth.
//! for path in ["/", "/shop/of/long/ago", "/cart", "/help", "/"] {
//!     SITE.pages_total.with(PageLabels { path }).inc();
//! }
//!
//! let mut text = String::new();
//! measurand::encode_text(&mut text);
//! for line in [
//!     "doc_limit_pages_total{path=\"/\"} 2",
//!     "doc_limit_pages_total{path=\"/cart\"} 1",
//!     "doc_limit_pages_total{path=\"__other__\"} 2",
//!     "measurand_overflow_updates_total{family=\"doc_limit_pages_total\"} 2",
//! ] {
//!     assert!(text.contains(&format!("{line}\n")), "{line}");
//! }
//! ```
//!
//! # Removing series
//!
//! `remove` and `remove_where` remove series of one family or of all families of a struct
//! (`METRICS.remove_where(…)`). With `expire_after`, a scrape removes series that were not updated
//! for that long, unless they are [kept](Handle::keep). A series that is created again starts at 0,
//! which Prometheus reads as a reset.
//!
//! ```
//! use std::time::Duration;
//! use measurand::{Counter, Family, Gauge, LabelSet, Metrics};
//!
//! #[derive(LabelSet)]
//! struct PeerLabels<'a> {
//!     peer: &'a str,
//! }
//!
//! /// What the network does.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_leave", global = NET)]
//! struct NetMetrics {
//!     /// Messages sent.
//!     #[metric(max_series = 1_000, expire_after = Duration::from_secs(3_600))]
//!     messages_total: Family<PeerLabels<'static>, Counter>,
//!     /// Messages that wait to be sent.
//!     #[metric(max_series = 1_000)]
//!     waiting_messages: Family<PeerLabels<'static>, Gauge>,
//! }
//!
//! NET.messages_total.with(PeerLabels { peer: "b" }).inc();
//! NET.waiting_messages.with(PeerLabels { peer: "b" }).set(3);
//! // The peer has left. Without this call, `messages_total` would lose it in an hour.
//! assert_eq!(NET.remove_where(|labels| labels.get("peer") == Some("b")), 2);
//! ```

mod fixed;
mod info;

pub use fixed::FixedFamily;
pub use info::Info;

use std::collections::TryReserveError;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::exemplar::Exemplar;
use crate::kind::Kind;
use crate::labels::{LabelList, value_of};
pub use crate::labels::{LabelSet, LabelValue, Method, StatusClass, StatusCode, ValueSet};
use crate::memory;
pub use crate::metric::FamilyMetric;
use crate::metric::{Declaration, Make, Maker, Metric};
use crate::number::Number;
use crate::place::{Place, Shape, Totals};
pub use crate::read::Labels;
use crate::read::{Changes, Collect, Extent, PointBuffers, Row};
// Compile errors name them by this path.
#[doc(hidden)]
pub use crate::series::{ByLabels, Stored};
use crate::series::{FamilyFacts, Found, Reading, SeriesRow, SeriesType, Store};
pub use crate::series::{Handle, Kept, Series};
use crate::storage::{OpenSeries, Version};
use crate::unit::Scale;

/// A row of an open series with several rows.
struct SeriesPart<C> {
    series: Arc<OpenSeries<C>>,
    part: usize,
}

impl<C> Clone for SeriesPart<C> {
    fn clone(&self) -> Self {
        SeriesPart { series: self.series.clone(), part: self.part }
    }
}

impl<M: Stored> SeriesRow<M> for SeriesPart<M::Cells> {
    fn series(&self) -> &Arc<OpenSeries<M::Cells>> {
        &self.series
    }

    fn row(&self) -> Row<'_> {
        Row::of_part(&self.series, self.part)
    }

    fn bits(&self, read: &Reading<'_, M>, totals: &Totals) -> u64 {
        M::part_bits(read, self.part, totals)
    }
}

/// All series of a metric, distinguished by the labels `L`.
///
/// See the [module](self) for labels and for an example.
#[doc(alias = "CounterVec")]
#[doc(alias = "GaugeVec")]
#[doc(alias = "HistogramVec")]
#[doc(alias = "MetricVec")]
#[doc(alias = "IntCounterVec")]
#[doc(alias = "IntGaugeVec")]
pub struct Family<L, M: SeriesType> {
    store: Store<M>,
    labels: PhantomData<fn() -> L>,
}

impl<L: LabelSet, M: FamilyMetric> Family<L, M> {
    /// Creates a family at run time.
    pub(crate) const fn of(facts: M::Facts, family: FamilyFacts) -> Self {
        let store = Store::new([Place::AT_RUN_TIME, Place::AT_RUN_TIME], facts, family);
        Family { store, labels: PhantomData }
    }

    /// Returns the series with these labels.
    ///
    /// The handle borrows the labels, and looks the series up at each update. For closed labels
    /// this is an index; for open ones it is a look-up by value, which creates the series if it is
    /// missing. Use [`keep`](Handle::keep) for an open series that is updated often.
    #[doc(alias = "get_or_create")]
    #[doc(alias = "get_or_create_owned")]
    #[doc(alias = "with_label_values")]
    #[doc(alias = "get_metric_with_label_values")]
    #[doc(alias = "labels")]
    #[inline]
    pub fn with<'l>(&self, labels: L::With<'l>) -> Handle<'_, ByLabels<L::With<'l>>, M> {
        Handle::new(&self.store, ByLabels(labels))
    }

    /// Removes the series with these labels, and returns whether there was one.
    ///
    /// A series of closed labels starts again at 0, and in a sparse family it is hidden until its
    /// next update. Once a series of open labels was removed, updates of it through
    /// [`keep`](Handle::keep) are no longer exposed.
    ///
    /// ```
    /// # use measurand::{Gauge, Family, LabelSet, Metrics};
    /// # #[derive(LabelSet)]
    /// # struct DiskLabels<'a> { disk: &'a str }
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_remove", global = RAID)]
    /// # struct M {
    /// #     /// Blocks that are bad.
    /// #     #[metric(max_series = 100)]
    /// #     bad_blocks: Family<DiskLabels<'static>, Gauge>,
    /// # }
    /// RAID.bad_blocks.with(DiskLabels { disk: "sda" }).set(2);
    /// // The disk was taken out.
    /// assert!(RAID.bad_blocks.remove(DiskLabels { disk: "sda" }));
    /// assert!(!RAID.bad_blocks.remove(DiskLabels { disk: "sda" }));
    /// ```
    #[doc(alias = "remove_label_values")]
    #[doc(alias = "delete_label_values")]
    pub fn remove(&self, labels: L::With<'_>) -> bool {
        if L::LABELS.open() == 0 {
            let position = labels.position();
            let is_touched = self.is_touched_at(position, &self.store.totals(position));
            self.store.clear_positions([position]);
            return is_touched;
        }
        self.store.table().is_some_and(|table| table.remove(&labels))
    }

    /// Removes every series for whose labels `predicate` returns `true`, and returns their number.
    ///
    /// ```
    /// # use measurand::{Counter, Family, LabelSet, Metrics};
    /// # #[derive(LabelSet)]
    /// # struct PartitionLabels { partition: u32 }
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_remove_where", global = READER)]
    /// # struct M {
    /// #     /// Records read.
    /// #     #[metric(max_series = 100)]
    /// #     records_total: Family<PartitionLabels, Counter>,
    /// # }
    /// READER.records_total.with(PartitionLabels { partition: 7 }).inc();
    /// // The partition was given to another reader.
    /// let removed = READER.records_total.remove_where(|labels| labels.get("partition") == Some("7"));
    /// assert_eq!(removed, 1);
    /// ```
    #[doc(alias = "retain")]
    #[doc(alias = "delete_partial_match")]
    pub fn remove_where(&self, mut predicate: impl FnMut(&Labels<'_>) -> bool) -> usize {
        self.remove_series(&mut predicate)
    }

    /// Calls `show` with every series that was ever updated and its labels, in no particular order.
    ///
    /// Use it in tests, or to change all series. To export metrics, use
    /// [`Registry::gather`](crate::Registry::gather).
    ///
    /// ```
    /// # use measurand::{Counter, Family, Metrics, family::Method};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_for_each", global = API)]
    /// # struct M {
    /// #     /// Requests.
    /// #     requests_total: Family<Method, Counter>,
    /// # }
    /// API.requests_total.with(Method::Get).inc_by(2);
    /// API.requests_total.with(Method::Put).inc();
    /// let mut sum = 0;
    /// API.requests_total.for_each(|_labels, series| sum += series.get());
    /// assert_eq!(sum, 3);
    /// ```
    pub fn for_each(&self, mut show: impl FnMut(&Labels<'_>, Kept<'_, M>)) {
        if let Some(positions) = Self::POSITIONS {
            let totals = crate::read::total(self);
            for position in (0..positions).filter(|position| self.is_touched_at(*position, &totals))
            {
                let handle = Handle::new(&self.store, Found::closed(position, positions));
                self.show_labels(Self::row_at(position), |labels| show(labels, handle));
            }
            return;
        }
        let Some(table) = self.store.table() else { return };
        table.for_each(|series| {
            if let Some(found) = Found::own(series) {
                let handle = Handle::new(&self.store, found);
                self.show_labels(Row::of(series), |labels| show(labels, handle));
            }
        });
    }

    /// Removes every series.
    ///
    /// ```
    /// # use measurand::{Counter, Family, Metrics, family::Method};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_clear", global = API)]
    /// # struct M {
    /// #     /// Requests.
    /// #     requests_total: Family<Method, Counter>,
    /// # }
    /// API.requests_total.with(Method::Get).inc();
    /// API.requests_total.clear();
    /// assert_eq!(API.requests_total.with(Method::Get).get(), 0);
    /// ```
    #[doc(alias = "reset")]
    pub fn clear(&self) {
        self.remove_where(|_| true);
    }
}

impl<L: LabelSet, M: FamilyMetric> Family<L, M> {
    /// Returns the largest number of series of an open family.
    #[cfg(feature = "requests")]
    pub(crate) fn max_series(&self) -> usize {
        self.store.family.max_series
    }

    /// The number of series of a closed family.
    const POSITIONS: Option<usize> =
        if L::LABELS.open() == 0 { Some(L::COMBINATIONS) } else { None };

    fn is_touched_at(&self, position: usize, totals: &Totals) -> bool {
        self.store.read(position, totals, M::is_touched_in)
    }

    fn show_labels<R>(&self, row: Row<'_>, work: impl FnOnce(&Labels<'_>) -> R) -> R {
        work(&Labels::of_metric(&self.store.family.names, &|label| self.label_value(row, label)))
    }

    fn row_at(position: usize) -> Row<'static> {
        Row::Fixed(position * M::PARTS.len())
    }
}

// Not marked `do_not_recommend`, unlike other metrics, so that errors name what a family lacks.
impl<L: LabelSet + 'static, M: FamilyMetric> Metric for Family<L, M> {
    const KIND: Kind = M::KIND;
    const SCALE: Scale = M::SCALE;
    const IS_NATIVE: bool = <M as Metric>::IS_NATIVE;
    const LABELS: LabelList = M::PARTS.labels(L::LABELS);
    type Unit = M::Unit;
    type Maker<D: Declaration> = Maker<Self, D>;
}

impl<L: LabelSet, M: FamilyMetric, D: Declaration> Make<Family<L, M>> for Maker<Family<L, M>, D> {
    const NEW: Family<L, M> = {
        let facts = <M::FactsMaker<D> as Make<M::Facts>>::NEW;
        let store = Store::new([D::PLACE, D::PLACE], facts, FamilyFacts::of::<D>());
        Family { store, labels: PhantomData }
    };
}

impl<L: LabelSet, M: FamilyMetric> Collect for Family<L, M> {
    fn extent(&self) -> Extent {
        match Self::POSITIONS {
            Some(positions) => Extent::Fixed(positions * M::PARTS.len()),
            None => Extent::Open,
        }
    }

    fn label_value<'a>(&'a self, row: Row<'a>, label: usize) -> &'a str {
        let parts = M::PARTS.len();
        if M::PARTS.has_label() && label + 1 == self.store.family.names.len() {
            return M::PARTS.value(row.part() % parts);
        }
        match row {
            Row::Fixed(row) => value_of::<L>(row / parts, None, label),
            Row::Open { key, .. } if !L::IS_NAMED => {
                let own = self.store.family.names.len() - usize::from(M::PARTS.has_label());
                key.values(own).nth(label).unwrap_or_default()
            }
            row => {
                let (position, key) = row.labels();
                value_of::<L>(position, key, label)
            }
        }
    }

    fn bits(&self, row: usize, totals: &Totals) -> u64 {
        let parts = M::PARTS.len();
        let bits = |series: &Reading<'_, M>| M::part_bits(series, row % parts, totals);
        self.store.read(row / parts, totals, bits)
    }

    fn distribution(&self, row: usize, totals: &Totals, buffers: &mut PointBuffers) -> Number {
        let parts = M::PARTS.len();
        self.store.read(row / parts, totals, |series| M::distribution_in(series, buffers))
    }

    fn is_touched(&self, row: usize, totals: &Totals) -> bool {
        self.store.read(row / M::PARTS.len(), totals, M::is_touched_in)
    }

    fn has_exemplars(&self) -> bool {
        M::HAS_EXEMPLARS
    }

    fn exemplars(&self, row: usize, totals: &Totals, exemplars: &mut Vec<Exemplar>) {
        let row = row / M::PARTS.len();
        self.store.read(row, totals, |series| M::exemplars_in(series, exemplars));
    }

    fn created(&self, row: usize) -> Option<Duration> {
        self.store.cleared_at(row / M::PARTS.len())
    }

    fn places<'a>(&'a self, ask: &mut dyn FnMut(&'a Place, Shape, usize)) {
        self.store.ask_places(Self::POSITIONS.map_or(Extent::Open, Extent::Fixed), ask);
    }

    fn rejected(&self) -> u64 {
        self.store.rejected()
    }

    fn overflow_updates(&self) -> u64 {
        self.store.table().map_or(0, |table| table.overflow_updates())
    }

    fn tidy(&self) {
        self.store.tidy();
    }

    fn version(&self) -> Version {
        self.store.table().map_or(Version::ZERO, |table| table.version())
    }

    fn changes(&self, from: Version, to: Version) -> Result<Option<Changes>, TryReserveError> {
        let parts = M::PARTS.len();
        if parts > 1 {
            return self.store.changes((from, to), |series, rows| {
                let part = |part| SeriesPart { series: series.clone(), part };
                (0..parts).try_for_each(|index| memory::push(rows, part(index)))
            });
        }
        let push = |series: &Arc<OpenSeries<M::Cells>>,
                    rows: &mut Vec<Arc<OpenSeries<M::Cells>>>| {
            memory::push(rows, series.clone())
        };
        self.store.changes((from, to), push)
    }

    fn remove_series(&self, predicate: &mut dyn FnMut(&Labels<'_>) -> bool) -> usize {
        if let Some(positions) = Self::POSITIONS {
            let totals = crate::read::total(self);
            let is_hit = |position: &usize| {
                self.is_touched_at(*position, &totals)
                    && self.show_labels(Self::row_at(*position), &mut *predicate)
            };
            let hits: Vec<_> = (0..positions).filter(is_hit).collect();
            let removed = hits.len();
            self.store.clear_positions(hits);
            return removed;
        }
        let Some(table) = self.store.table() else { return 0 };
        table.remove_where(|series| self.show_labels(Row::of(series), &mut *predicate))
    }
}

impl<L, M: SeriesType> fmt::Debug for Family<L, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").finish_non_exhaustive()
    }
}
