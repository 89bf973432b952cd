//! Counters and histograms with exemplars.

use std::fmt;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use once_cell::race::OnceBox;

use super::counter::{self, addable};
use super::histogram::{self, bucket_of};
use super::native_histogram;
use super::{
    Counter, Declaration, FamilyMetric, Histogram, HistogramSnapshot, Make, Maker, Metric,
    NativeHistogram, NativeHistogramSnapshot, Observing, Timer, UnlabelledStore,
};
use crate::clock;
use crate::exemplar::{Exemplar, Lead};
use crate::kind::Kind;
use crate::labels::LabelList;
use crate::number::Number;
use crate::place::{Place, Shape};
use crate::read::PointBuffers;
use crate::series::{AnySeries, Bounds, Distribution, Parts, Reading, Series, SeriesType, Stored};
use crate::storage::{self, IS_RECORDING, Rejected};
use crate::sync::{AtomicU64, Ordering};
use crate::unit::{Amount, Countable, Representation, Scale, Seconds, Unit};

/// A [`Counter`], a [`Histogram`] or a [`NativeHistogram`] whose updates leave exemplars: one for a
/// counter, one per classic bucket for a histogram, and ten for a native histogram without classic
/// buckets.
///
/// Use it to get from a point in a chart to a trace. An update takes the labels of the current
/// trace from the source set by [`set_source`](crate::exemplar::set_source);
/// `observe_with_exemplar` takes them as an argument. An exemplar is kept for at least a second
/// before another one replaces it, so that exemplars cost next to nothing. See the module
/// [`exemplar`](crate::exemplar) for a source.
///
/// ```
/// use measurand::exemplar::{SpanId, TraceId, set_source};
/// use measurand::{Counter, Metrics, Series, WithExemplars};
///
/// /// The shop.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_with_exemplars", global = SHOP)]
/// struct ShopMetrics {
///     /// Orders refused.
///     refused_orders_total: WithExemplars<Counter>,
/// }
///
/// // In `main`: any function that knows the current trace.
/// set_source(|| Some((TraceId::from(0xabcd_u128), SpanId::from(7_u64)))).ok();
///
/// SHOP.refused_orders_total.inc();
/// SHOP.refused_orders_total.inc_by(2);
/// assert_eq!((SHOP.refused_orders_total.get(), SHOP.refused_orders_total.exemplars().len()), (3, 1));
///
/// // For a thread or a struct that counts, wherever its counter comes from:
/// let refused: Series<WithExemplars<Counter>> = SHOP.refused_orders_total.keep();
/// std::thread::spawn(move || refused.inc()).join().unwrap();
/// assert_eq!(SHOP.refused_orders_total.get(), 4);
/// ```
pub struct WithExemplars<M: TakesExemplars> {
    unlabelled: UnlabelledStore<M::Places, OnceBox<ExemplarCells<M::Cells>>, M::Facts>,
}

/// A kind of metric whose updates can leave exemplars.
///
/// ```
/// use measurand::metric::TakesExemplars;
/// use measurand::{Counter, Family, LabelSet, WithExemplars};
///
/// /// The requests of a server, counted or timed, with exemplars.
/// struct Requests<L: LabelSet + 'static, M: TakesExemplars> {
///     metric: &'static Family<L, WithExemplars<M>>,
/// }
///
/// impl<L: LabelSet + 'static, M: TakesExemplars> Requests<L, M> {
///     /// Forgets the requests of a tenant.
///     fn forget(&self, tenant: &str) -> usize {
///         self.metric.remove_where(|labels| labels.get("tenant") == Some(tenant))
///     }
/// }
/// #
/// # #[derive(LabelSet)]
/// # struct Tenant<'a> { tenant: &'a str }
/// # /// M.
/// # #[derive(measurand::Metrics)]
/// # #[metrics(namespace = "doc_takes_exemplars", global = API)]
/// # struct M {
/// #     /// Requests.
/// #     #[metric(max_series = 100)]
/// #     requests_total: Family<Tenant<'static>, WithExemplars<Counter>>,
/// # }
/// # API.requests_total.with(Tenant { tenant: "acme" }).inc();
///
/// assert_eq!(Requests { metric: &API.requests_total }.forget("acme"), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no exemplars",
    label = "neither a counter nor a histogram",
    note = "write `WithExemplars<Counter>` or `WithExemplars<Histogram<Seconds>>`, in a unit of `measurand::unit` if it has one"
)]
pub trait TakesExemplars: FamilyMetric<Places = [Place; 1]> {
    /// Returns the number of exemplars of a series.
    #[doc(hidden)]
    fn slots(facts: &Self::Facts) -> usize;

    /// Returns the index of the exemplar for such an amount.
    #[doc(hidden)]
    fn slot_of(facts: &Self::Facts, bits: u64) -> usize;
}

impl<U: Unit> TakesExemplars for Counter<U> {
    fn slots((): &()) -> usize {
        1
    }

    fn slot_of((): &(), _: u64) -> usize {
        0
    }
}

impl<U: Unit> TakesExemplars for Histogram<U> {
    fn slots(bounds: &Bounds) -> usize {
        bounds.buckets()
    }

    fn slot_of(bounds: &Bounds, bits: u64) -> usize {
        bucket_of::<U::Representation>(&bounds.stored, bits)
    }
}

/// The number of exemplars of a native histogram without classic buckets.
const NATIVE_SLOTS: usize = 10;

impl<U: Unit> TakesExemplars for NativeHistogram<U> {
    fn slots(facts: &Distribution) -> usize {
        match facts.bounds.buckets() {
            1 => NATIVE_SLOTS,
            buckets => buckets,
        }
    }

    /// Returns different slots for values of different magnitude.
    fn slot_of(facts: &Distribution, bits: u64) -> usize {
        if facts.bounds.buckets() > 1 {
            return Histogram::<U>::slot_of(&facts.bounds, bits);
        }
        let value = U::Representation::SCALE.number(bits).as_f64();
        // The exponent of the float, which changes with each power of two.
        (value.to_bits() << 1 >> 53) as usize % NATIVE_SLOTS
    }
}

/// The cells of a series, and its exemplars.
pub struct ExemplarCells<C> {
    counted: C,
    slots: OnceBox<Vec<ExemplarSlot>>,
}

/// The place of one exemplar.
#[derive(Default)]
struct ExemplarSlot {
    exemplar: ArcSwapOption<Exemplar>,
    /// The time from which on it may be replaced, in nanoseconds.
    next: AtomicU64,
}

/// The least time for which an exemplar is kept.
const INTERVAL: Duration = Duration::from_secs(1);

impl ExemplarSlot {
    /// Returns whether the exemplar may be replaced at `now`. Of several threads that ask, only one
    /// gets `true`.
    fn is_free(&self, now: Duration) -> bool {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let next = self.next.load(Ordering::Relaxed);
        let after = nanos(now.saturating_add(INTERVAL));
        nanos(now) >= next
            && self.next.compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Keeps `exemplar`, unless there is a later one already.
    fn put(&self, exemplar: Exemplar) {
        let fresh = std::sync::Arc::new(exemplar);
        self.exemplar.rcu(|old| match old {
            Some(old) if old.time() > fresh.time() => old.clone(),
            _ => fresh.clone(),
        });
    }
}

impl<C> ExemplarCells<C> {
    fn slots(&self) -> &[ExemplarSlot] {
        self.slots.get().map_or(&[], Vec::as_slice)
    }

    /// Keeps an exemplar in one of `slots` slots, if that slot is free. Returns `false` if the
    /// labels are refused.
    fn offer(&self, (slot, slots): (usize, usize), value: Number, lead: Lead<'_>) -> bool {
        // An allocator that updates metrics may come back here.
        if storage::is_inside() {
            return true;
        }
        let _inside = storage::enter();
        let make = || Box::new(std::iter::repeat_with(ExemplarSlot::default).take(slots).collect());
        let Some(slot) = self.slots.get_or_init(make).get(slot) else { return true };
        let now = clock::now();
        if !slot.is_free(now) {
            return true;
        }
        lead.exemplar(value, now).map(|exemplar| slot.put(exemplar)).is_ok()
    }
}

impl<M: TakesExemplars> SeriesType for WithExemplars<M> {
    type Cells = ExemplarCells<M::Cells>;
    type Facts = M::Facts;
}

#[diagnostic::do_not_recommend]
impl<M: TakesExemplars> Stored for WithExemplars<M> {
    const IS_CLEARABLE: bool = M::IS_CLEARABLE;
    const IS_NATIVE: bool = <M as Stored>::IS_NATIVE;
    const PARTS: Parts = M::PARTS;
    const HAS_EXEMPLARS: bool = true;

    fn cells(facts: &M::Facts) -> ExemplarCells<M::Cells> {
        ExemplarCells { counted: M::cells(facts), slots: OnceBox::new() }
    }

    #[inline]
    fn shapes(facts: &M::Facts) -> [Option<Shape>; 2] {
        M::shapes(facts)
    }

    fn reset(cells: &ExemplarCells<M::Cells>) {
        M::reset(&cells.counted);
        cells.slots().iter().for_each(|slot| {
            slot.exemplar.store(None);
            slot.next.store(0, Ordering::Relaxed);
        });
    }

    fn has_changed(cells: &ExemplarCells<M::Cells>, last: &mut u64) -> bool {
        M::has_changed(&cells.counted, last)
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        M::is_touched_in(&counted(read))
    }

    #[inline]
    fn bits_in(read: &Reading<'_, Self>) -> u64 {
        M::bits_in(&counted(read))
    }

    #[inline]
    fn gathered_bits(read: &Reading<'_, Self>) -> u64 {
        M::gathered_bits(&counted(read))
    }

    fn distribution_in(read: &Reading<'_, Self>, buffers: &mut PointBuffers) -> Number {
        M::distribution_in(&counted(read), buffers)
    }

    fn exemplars_in(read: &Reading<'_, Self>, exemplars: &mut Vec<Exemplar>) {
        let slots = read.own().map_or(&[][..], ExemplarCells::slots);
        let start = exemplars.len();
        let kept = slots.iter().filter_map(|slot| slot.exemplar.load_full());
        exemplars.extend(kept.map(|exemplar| (*exemplar).clone()));
        let value = |exemplar: &Exemplar| exemplar.value().as_f64();
        exemplars[start..].sort_by(|a, b| value(a).total_cmp(&value(b)));
    }
}

/// Returns the reading of the metric without exemplars.
fn counted<'a, M: TakesExemplars>(read: &Reading<'a, WithExemplars<M>>) -> Reading<'a, M> {
    read.of_part(|cells| &cells.counted)
}

/// The series of the metric without exemplars.
struct Counted<'a, S>(&'a S);

impl<M: TakesExemplars, S: AnySeries<WithExemplars<M>>> AnySeries<M> for Counted<'_, S> {
    const IS_UNLABELLED: bool = S::IS_UNLABELLED;

    #[inline]
    fn facts(&self) -> &M::Facts {
        self.0.facts()
    }

    #[inline]
    fn rejected(&self) -> &Rejected {
        self.0.rejected()
    }

    #[inline]
    fn in_slabs(&self) -> Option<(&[Place], usize)> {
        self.0.in_slabs()
    }

    #[inline]
    fn update(&self, in_slabs: impl FnOnce(&[Place], usize) -> bool, own: impl FnOnce(&M::Cells)) {
        self.0.update(in_slabs, |cells| own(&cells.counted));
    }

    fn read<R>(&self, read: impl FnOnce(Option<&Reading<'_, M>>) -> R) -> R {
        self.0.read(|reading| read(reading.map(counted).as_ref()))
    }
}

/// Leaves an exemplar of a counted value, if there are labels for it.
fn leave<S, M, U>(series: &S, slot: usize, bits: u64, lead: Option<Lead<'_>>)
where
    S: AnySeries<WithExemplars<M>>,
    M: TakesExemplars,
    U: Unit,
{
    let Some(lead) = lead else { return };
    let slots = M::slots(series.facts());
    let value = U::Representation::SCALE.number(bits);
    series.update(
        |_, _| false,
        |cells| {
            if !cells.offer((slot, slots), value, lead) {
                series.rejected().count();
            }
        },
    );
}

/// Adds an amount; `None` is rejected.
fn add<S, U>(series: &S, amount: Option<u64>, lead: Option<Lead<'_>>)
where
    S: AnySeries<WithExemplars<Counter<U>>>,
    U: Unit,
{
    if !IS_RECORDING {
        return;
    }
    let Some(bits) = amount else { return series.rejected().count() };
    counter::record(&Counted(series), bits);
    leave::<_, _, U>(series, 0, bits, lead);
}

fn observe<S, U>(series: &S, amount: impl Amount<U>, lead: Option<Lead<'_>>)
where
    S: AnySeries<WithExemplars<Histogram<U>>>,
    U: Unit,
{
    if !IS_RECORDING {
        return;
    }
    let Some(bits) = amount.bits() else { return series.rejected().count() };
    let bucket = Histogram::<U>::slot_of(series.facts(), bits);
    histogram::observe_in_bucket(&Counted(series), bucket, bits);
    leave::<_, _, U>(series, bucket, bits, lead);
}

fn observe_native<S, U>(series: &S, amount: impl Amount<U>, lead: Option<Lead<'_>>)
where
    S: AnySeries<WithExemplars<NativeHistogram<U>>>,
    U: Unit,
{
    if !IS_RECORDING {
        return;
    }
    let Some(bits) = amount.bits() else { return series.rejected().count() };
    native_histogram::observe_bits(&Counted(series), bits);
    let slot = NativeHistogram::<U>::slot_of(series.facts(), bits);
    leave::<_, _, U>(series, slot, bits, lead);
}

methods! { impl[U: Unit] WithExemplars<Counter<U>> {
    /// Adds one, with the current trace as the exemplar.
    pub fn inc(&self)
    where
        U: Countable,
    {
        add(self, Some(1), Lead::present());
    }

    /// Adds `amount`, with the current trace as the exemplar. What a counter cannot add is dropped,
    /// as by [`Counter::inc_by`].
    pub fn inc_by(&self, amount: impl Amount<U>) {
        add(self, addable(amount), Lead::present());
    }

    /// Adds `amount`, with `labels` as the exemplar: pairs of names and values, such as
    /// `[("trace_id", id)]`.
    ///
    /// Labels that an [`Exemplar`] cannot have are dropped, and counted in
    /// `measurand_rejected_values_total`; `amount` is added nevertheless.
    ///
    /// ```
    /// use measurand::{Counter, Metrics, Registry, WithExemplars};
    ///
    /// /// The shop.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_exemplar_shop", instance)]
    /// struct Shop {
    ///     /// Orders refused.
    ///     refused_orders_total: WithExemplars<Counter>,
    /// }
    ///
    /// let shop = Shop::register(&Registry::new()).unwrap();
    /// let refused = &shop.refused_orders_total;
    /// refused.inc_by_with_exemplar(2, &[("trace_id", "4bf92f35")]);
    /// assert_eq!((refused.get(), refused.exemplars().len()), (2, 1));
    /// ```
    #[doc(alias = "AddWithExemplar")]
    pub fn inc_by_with_exemplar(&self, amount: impl Amount<U>, labels: &[(&str, &str)]) {
        add(self, addable(amount), Some(Lead::Labels(labels)));
    }

    /// Returns the current value; 0 if there is no such series.
    #[must_use]
    pub fn get(&self) -> U::Value {
        U::value(U::Representation::SCALE.number(self.present_bits()))
    }

    /// Returns the current exemplar of the series, if it has one.
    #[must_use]
    pub fn exemplars(&self) -> Vec<Exemplar> {
        exemplars(self)
    }
} }

methods! { impl[U: Unit] WithExemplars<Histogram<U>> {
    /// Observes `amount`, with the current trace as the exemplar. What a histogram cannot count is
    /// dropped, as by [`Histogram::observe`].
    pub fn observe(&self, amount: impl Amount<U>) {
        observe(self, amount, Lead::present());
    }

    /// Observes `amount`, with `labels` as the exemplar: pairs of names and values, such as
    /// `[("trace_id", id)]`.
    ///
    /// Labels that an [`Exemplar`] cannot have are dropped, and counted in
    /// `measurand_rejected_values_total`; the observation counts nevertheless.
    ///
    /// ```
    /// use measurand::{Histogram, Metrics, Registry, WithExemplars};
    ///
    /// /// The shop.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_exemplar_basket", instance)]
    /// struct Baskets {
    ///     /// Things in a basket.
    ///     #[metric(buckets = [1, 10])]
    ///     things: WithExemplars<Histogram>,
    /// }
    ///
    /// let baskets = Baskets::register(&Registry::new()).unwrap();
    /// let things = &baskets.things;
    /// things.observe_with_exemplar(7, &[("trace_id", "4bf92f35")]);
    /// let exemplars = things.exemplars();
    /// assert_eq!(exemplars[0].labels().next(), Some(("trace_id", "4bf92f35")));
    /// ```
    #[doc(alias = "ObserveWithExemplar")]
    pub fn observe_with_exemplar(&self, amount: impl Amount<U>, labels: &[(&str, &str)]) {
        observe(self, amount, Some(Lead::Labels(labels)));
    }

    /// Returns the buckets, the count and the sum at one moment; all 0 if there is no such series.
    #[must_use]
    pub fn snapshot(&self) -> HistogramSnapshot<U> {
        histogram::snapshot(&Counted(self))
    }

    /// Returns the current exemplars of the series, from the lowest bucket on.
    #[must_use]
    pub fn exemplars(&self) -> Vec<Exemplar> {
        exemplars(self)
    }
} }

methods! { impl[U: Unit] WithExemplars<NativeHistogram<U>> {
    /// Observes `amount`, with the current trace as the exemplar. What a histogram cannot count is
    /// dropped, as by [`NativeHistogram::observe`].
    pub fn observe(&self, amount: impl Amount<U>) {
        observe_native(self, amount, Lead::present());
    }

    /// Observes `amount`, with `labels` as the exemplar: pairs of names and values, such as
    /// `[("trace_id", id)]`.
    ///
    /// Labels that an [`Exemplar`] cannot have are dropped, and counted in
    /// `measurand_rejected_values_total`; the observation counts nevertheless.
    #[doc(alias = "ObserveWithExemplar")]
    pub fn observe_with_exemplar(&self, amount: impl Amount<U>, labels: &[(&str, &str)]) {
        observe_native(self, amount, Some(Lead::Labels(labels)));
    }

    /// Returns the buckets, the count and the sum at one moment; all 0 if there is no such series.
    #[must_use]
    pub fn snapshot(&self) -> NativeHistogramSnapshot<U> {
        native_histogram::snapshot(&Counted(self))
    }

    /// Returns the current exemplars of the series, sorted by value.
    #[must_use]
    pub fn exemplars(&self) -> Vec<Exemplar> {
        exemplars(self)
    }
} }

fn exemplars<M: TakesExemplars>(series: &impl AnySeries<WithExemplars<M>>) -> Vec<Exemplar> {
    let mut exemplars = Vec::new();
    series.read(|read| {
        if let Some(read) = read {
            WithExemplars::exemplars_in(read, &mut exemplars);
        }
    });
    exemplars
}

impl Observing for WithExemplars<Histogram<Seconds>> {
    fn observe_time(series: &impl AnySeries<Self>, elapsed: Duration) {
        observe(series, elapsed, Lead::present());
    }
}

timed! { impl[] WithExemplars<Histogram<Seconds>> }

impl Observing for WithExemplars<NativeHistogram<Seconds>> {
    fn observe_time(series: &impl AnySeries<Self>, elapsed: Duration) {
        observe_native(series, elapsed, Lead::present());
    }
}

timed! { impl[] WithExemplars<NativeHistogram<Seconds>> }

impl<S> Timer<'_, S, WithExemplars<Histogram<Seconds>>>
where
    S: AnySeries<WithExemplars<Histogram<Seconds>>>,
{
    /// Observes the elapsed time now, with `labels` as the exemplar, and returns it.
    ///
    /// ```
    /// # use measurand::{Histogram, Metrics, WithExemplars, unit::Seconds};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_timer_exemplar")]
    /// # struct M {
    /// #     /// Time to answer.
    /// #     duration_seconds: WithExemplars<Histogram<Seconds>>,
    /// # }
    /// # let histogram = &M::global().duration_seconds;
    /// let timer = histogram.start_timer();
    /// // … the work …
    /// timer.observe_with_exemplar(&[("trace_id", "4bf92f35")]);
    /// assert_eq!(histogram.exemplars().len(), 1);
    /// ```
    #[doc(alias = "ObserveDurationWithExemplar")]
    pub fn observe_with_exemplar(self, labels: &[(&str, &str)]) -> Duration {
        self.end(|series, elapsed| observe(series, elapsed, Some(Lead::Labels(labels))))
    }
}

impl<S> Timer<'_, S, WithExemplars<NativeHistogram<Seconds>>>
where
    S: AnySeries<WithExemplars<NativeHistogram<Seconds>>>,
{
    /// Observes the elapsed time now, with `labels` as the exemplar, and returns it.
    #[doc(alias = "ObserveDurationWithExemplar")]
    pub fn observe_with_exemplar(self, labels: &[(&str, &str)]) -> Duration {
        self.end(|series, elapsed| observe_native(series, elapsed, Some(Lead::Labels(labels))))
    }
}

impl<M: TakesExemplars> WithExemplars<M> {
    /// Returns the metric as a [`Series`], the type with which a function or a struct field takes
    /// any metric without labels and any series of a family. Use [`Series::of`] for a metric of an
    /// instance.
    pub fn keep(&'static self) -> Series<Self> {
        Series::of(self, |metric| metric)
    }
}

#[diagnostic::do_not_recommend]
impl<M: TakesExemplars> Metric for WithExemplars<M> {
    const KIND: Kind = M::KIND;
    const SCALE: Scale = M::SCALE;
    const LABELS: LabelList = M::LABELS;
    const IS_NATIVE: bool = <M as Metric>::IS_NATIVE;
    type Unit = M::Unit;
    type Maker<D: Declaration> = Maker<Self, D>;
}

#[diagnostic::do_not_recommend]
impl<M: TakesExemplars> FamilyMetric for WithExemplars<M> {
    type Places = M::Places;
    type Own = OnceBox<ExemplarCells<M::Cells>>;
    type FactsMaker<D: Declaration> = M::FactsMaker<D>;

    fn made(facts: M::Facts) -> Self {
        WithExemplars {
            unlabelled: UnlabelledStore::new([Place::AT_RUN_TIME], OnceBox::new(), facts),
        }
    }

    #[inline]
    fn unlabelled(&self) -> &UnlabelledStore<Self::Places, Self::Own, Self::Facts> {
        &self.unlabelled
    }
}

impl<M: TakesExemplars, D: Declaration> Make<WithExemplars<M>> for Maker<WithExemplars<M>, D> {
    const NEW: WithExemplars<M> = {
        let facts = <M::FactsMaker<D> as Make<M::Facts>>::NEW;
        WithExemplars { unlabelled: UnlabelledStore::new([D::PLACE], OnceBox::new(), facts) }
    };
}

collect! { impl[M: TakesExemplars] WithExemplars<M> }

impl<M: TakesExemplars> fmt::Debug for WithExemplars<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithExemplars").finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for ExemplarCells<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExemplarCells").finish_non_exhaustive()
    }
}
