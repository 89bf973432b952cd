//! Counters and histograms whose updates leave exemplars.

use std::fmt;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use once_cell::race::OnceBox;

use super::counter::{self, addable};
use super::histogram::{self, bucket_of};
use super::native_histogram;
use super::{
    Counter, Declaration, FamilyMetric, Histogram, HistogramSnapshot, Lone, Make, Maker, Metric,
    NativeHistogram, NativeHistogramSnapshot, Observing, Timer,
};
use crate::clock;
use crate::exemplar::{Exemplar, Lead};
use crate::kind::Kind;
use crate::labels::LabelList;
use crate::number::Number;
use crate::place::{Place, Shape};
use crate::read::Room;
use crate::series::{AnySeries, Bounds, Distribution, Parts, Reading, Series, SeriesType, Stored};
use crate::storage::{self, IS_RECORDING, Rejected};
use crate::sync::{AtomicU64, Ordering};
use crate::unit::{Amount, Countable, Representation, Scale, Seconds, Unit};

/// A [`Counter`], a [`Histogram`] or a [`NativeHistogram`] whose updates leave exemplars: of a counter one, of
/// a histogram one for each classic bucket, and where there are none ten.
///
/// Use it where one would go from a point in a chart to a trace. Each update asks for the present trace,
/// as [`set_source`](crate::exemplar::set_source) says, or is told what leads to it, by
/// `observe_with_exemplar`. An exemplar stays for a second at least before another one takes its
/// place, so that leaving them costs next to nothing; see the module [`exemplar`](crate::exemplar) for
/// an example.
pub struct WithExemplars<M: TakesExemplars> {
    lone: Lone<M::Places, OnceBox<ExemplarCells<M::Cells>>, M::Facts>,
}

/// A kind of metric whose updates can leave exemplars.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no exemplars",
    label = "neither a counter nor a histogram",
    note = "write `WithExemplars<Counter>` or `WithExemplars<Histogram<Seconds>>`, in a unit of `measurand::unit` if it has one"
)]
pub trait TakesExemplars: FamilyMetric<Places = [Place; 1]> {
    /// How many exemplars a series has.
    #[doc(hidden)]
    fn slots(facts: &Self::Facts) -> usize;

    /// Which of them is that of such an amount.
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

/// How many exemplars a native histogram has that has no classic buckets.
const NATIVE_SLOTS: usize = 10;

impl<U: Unit> TakesExemplars for NativeHistogram<U> {
    fn slots(facts: &Distribution) -> usize {
        match facts.bounds.buckets() {
            1 => NATIVE_SLOTS,
            buckets => buckets,
        }
    }

    /// Values that are far from each other have each their own.
    fn slot_of(facts: &Distribution, bits: u64) -> usize {
        if facts.bounds.buckets() > 1 {
            return Histogram::<U>::slot_of(&facts.bounds, bits);
        }
        let value = U::Representation::SCALE.number(bits).as_f64();
        // The exponent, which changes with each power of two.
        (value.to_bits() << 1 >> 53) as usize % NATIVE_SLOTS
    }
}

/// The cells of a series, and its exemplars.
pub struct ExemplarCells<C> {
    counted: C,
    slots: OnceBox<Vec<Slot>>,
}

/// Where an exemplar is kept.
#[derive(Default)]
struct Slot {
    exemplar: ArcSwapOption<Exemplar>,
    /// From when on another one may come, in nanoseconds.
    next: AtomicU64,
}

/// How long an exemplar stays at least.
const INTERVAL: Duration = Duration::from_secs(1);

impl Slot {
    /// Whether an exemplar may come at that time. Of all threads that ask, one is told so.
    fn is_free(&self, now: Duration) -> bool {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let next = self.next.load(Ordering::Relaxed);
        let after = nanos(now.saturating_add(INTERVAL));
        nanos(now) >= next
            && self.next.compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Keeps it, unless a later one came already.
    fn put(&self, exemplar: Exemplar) {
        let fresh = std::sync::Arc::new(exemplar);
        self.exemplar.rcu(|old| match old {
            Some(old) if old.time() > fresh.time() => old.clone(),
            _ => fresh.clone(),
        });
    }
}

impl<C> ExemplarCells<C> {
    fn slots(&self) -> &[Slot] {
        self.slots.get().map_or(&[], Vec::as_slice)
    }

    /// Keeps an exemplar, of so many, if its time has come. False if there can be no such exemplar.
    fn offer(&self, (slot, slots): (usize, usize), value: Number, lead: Lead<'_>) -> bool {
        // An allocator that counts may come back from here.
        if storage::is_inside() {
            return true;
        }
        let _inside = storage::enter();
        let make = || Box::new(std::iter::repeat_with(Slot::default).take(slots).collect());
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

    fn distribution_in(read: &Reading<'_, Self>, room: &mut Room) -> Number {
        M::distribution_in(&counted(read), room)
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

/// The part of a series that counts.
fn counted<'a, M: TakesExemplars>(read: &Reading<'a, WithExemplars<M>>) -> Reading<'a, M> {
    read.of_part(|cells| &cells.counted)
}

/// The part of a series that counts.
struct Counted<'a, S>(&'a S);

impl<M: TakesExemplars, S: AnySeries<WithExemplars<M>>> AnySeries<M> for Counted<'_, S> {
    const IS_ALONE: bool = S::IS_ALONE;

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

/// Leaves an exemplar of what was counted, if one is wanted.
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

/// Adds an amount, if it is one.
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
    /// Adds one, with the present trace as its exemplar.
    pub fn inc(&self)
    where
        U: Countable,
    {
        add(self, Some(1), Lead::present());
    }

    /// Adds an amount, with the present trace as its exemplar. What no counter can add is dropped, as by
    /// [`Counter::inc_by`].
    pub fn inc_by(&self, amount: impl Amount<U>) {
        add(self, addable(amount), Lead::present());
    }

    /// Adds an amount, with these labels as its exemplar: pairs of names and values, such as
    /// `[("trace_id", id)]`.
    ///
    /// Labels that no [`Exemplar`] can have are dropped, and counted in
    /// `measurand_rejected_values_total`; the amount is added all the same.
    ///
    /// ```
    /// use measurand::{Counter, Metrics, WithExemplars};
    ///
    /// /// The shop.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_exemplar_shop")]
    /// struct Shop {
    ///     /// Orders refused.
    ///     refused_orders_total: WithExemplars<Counter>,
    /// }
    ///
    /// let refused = &Shop::global().refused_orders_total;
    /// refused.inc_by_with_exemplar(2, &[("trace_id", "4bf92f35")]);
    /// assert_eq!((refused.get(), refused.exemplars().len()), (2, 1));
    /// ```
    #[doc(alias = "AddWithExemplar")]
    pub fn inc_by_with_exemplar(&self, amount: impl Amount<U>, labels: &[(&str, &str)]) {
        add(self, addable(amount), Some(Lead::Labels(labels)));
    }

    /// The present value; 0 if there is no such series.
    #[must_use]
    pub fn get(&self) -> U::Value {
        U::value(U::Representation::SCALE.number(self.present_bits()))
    }

    /// The exemplar that the series has now, if it has one.
    #[must_use]
    pub fn exemplars(&self) -> Vec<Exemplar> {
        exemplars(self)
    }
} }

methods! { impl[U: Unit] WithExemplars<Histogram<U>> {
    /// Counts an observation, with the present trace as its exemplar. What no histogram can count is
    /// dropped, as by [`Histogram::observe`].
    pub fn observe(&self, amount: impl Amount<U>) {
        observe(self, amount, Lead::present());
    }

    /// Counts an observation, with these labels as its exemplar: pairs of names and values, such as
    /// `[("trace_id", id)]`.
    ///
    /// Labels that no [`Exemplar`] can have are dropped, and counted in
    /// `measurand_rejected_values_total`; the observation counts all the same.
    ///
    /// ```
    /// use measurand::{Histogram, Metrics, WithExemplars};
    ///
    /// /// The shop.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_exemplar_basket")]
    /// struct Baskets {
    ///     /// Things in a basket.
    ///     #[metric(buckets = [1, 10])]
    ///     things: WithExemplars<Histogram>,
    /// }
    ///
    /// let things = &Baskets::global().things;
    /// things.observe_with_exemplar(7, &[("trace_id", "4bf92f35")]);
    /// let exemplars = things.exemplars();
    /// assert_eq!(exemplars[0].labels().next(), Some(("trace_id", "4bf92f35")));
    /// ```
    #[doc(alias = "ObserveWithExemplar")]
    pub fn observe_with_exemplar(&self, amount: impl Amount<U>, labels: &[(&str, &str)]) {
        observe(self, amount, Some(Lead::Labels(labels)));
    }

    /// All buckets, the count and the sum, as they were together at one moment; all 0 if there is no
    /// such series.
    #[must_use]
    pub fn snapshot(&self) -> HistogramSnapshot<U> {
        histogram::snapshot(&Counted(self))
    }

    /// The exemplars that the series has now, of the lowest bucket first.
    #[must_use]
    pub fn exemplars(&self) -> Vec<Exemplar> {
        exemplars(self)
    }
} }

methods! { impl[U: Unit] WithExemplars<NativeHistogram<U>> {
    /// Counts an observation, with the present trace as its exemplar. What no histogram can count is
    /// dropped, as by [`NativeHistogram::observe`].
    pub fn observe(&self, amount: impl Amount<U>) {
        observe_native(self, amount, Lead::present());
    }

    /// Counts an observation, with these labels as its exemplar: pairs of names and values, such as
    /// `[("trace_id", id)]`.
    ///
    /// Labels that no [`Exemplar`] can have are dropped, and counted in
    /// `measurand_rejected_values_total`; the observation counts all the same.
    #[doc(alias = "ObserveWithExemplar")]
    pub fn observe_with_exemplar(&self, amount: impl Amount<U>, labels: &[(&str, &str)]) {
        observe_native(self, amount, Some(Lead::Labels(labels)));
    }

    /// All buckets, the count and the sum, as they were together at one moment; all 0 if there is no
    /// such series.
    #[must_use]
    pub fn snapshot(&self) -> NativeHistogramSnapshot<U> {
        native_histogram::snapshot(&Counted(self))
    }

    /// The exemplars that the series has now, by their values.
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
    /// Observes the time now, with these labels as its exemplar, and says what it was.
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
    /// Observes the time now, with these labels as its exemplar, and says what it was.
    #[doc(alias = "ObserveDurationWithExemplar")]
    pub fn observe_with_exemplar(self, labels: &[(&str, &str)]) -> Duration {
        self.end(|series, elapsed| observe_native(series, elapsed, Some(Lead::Labels(labels))))
    }
}

impl<M: TakesExemplars> WithExemplars<M> {
    /// The metric as a [`Series`], which a function or the field of a struct takes of any metric alone and
    /// of any series of a family. One of an instance is kept by [`Series::of`].
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
        WithExemplars { lone: Lone::new([Place::AT_RUN_TIME], OnceBox::new(), facts) }
    }

    #[inline]
    fn lone(&self) -> &Lone<Self::Places, Self::Own, Self::Facts> {
        &self.lone
    }
}

impl<M: TakesExemplars, D: Declaration> Make<WithExemplars<M>> for Maker<WithExemplars<M>, D> {
    const NEW: WithExemplars<M> = {
        let facts = <M::FactsMaker<D> as Make<M::Facts>>::NEW;
        WithExemplars { lone: Lone::new([D::PLACE], OnceBox::new(), facts) }
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
