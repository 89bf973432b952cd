//! What can be done with a series of each kind of metric.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use super::cells::{Cells, CounterCells, GaugeCells, InProgressCells, SeriesHistogram};
use super::handle::{Handle, Kept, Target};
use super::store::{FamilyMetric, Reading, Store, Stored};
use crate::metric::{
    AsyncWork, Counter, Gauge, Histogram, HistogramSnapshot, InProgress, Metric, NotAFuture,
    StartTimer, TimedFuture, addable, bucket_of,
};
use crate::number::Number;
use crate::place::Shape;
use crate::storage::{self, IS_RECORDING, Observation};
use crate::unit::{Amount, Countable, GaugeValue, Representation, Seconds, Unit, Unitless, Whole};

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for Counter<U> {
    type Cells = CounterCells<U::Representation>;
    type Facts = ();

    fn cells(_: &Store<Self>) -> Self::Cells {
        CounterCells::new()
    }

    fn shapes(_: &Store<Self>) -> [Option<Shape>; 2] {
        [U::Representation::INTEGRAL.then_some(Shape::Whole(1)), None]
    }

    fn reset(cells: &Self::Cells) {
        cells.value.reset();
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> FamilyMetric for Counter<U> {
    fn member_bits(read: &Reading<'_, Self>) -> u64 {
        let own = read.own().map_or(0, |cells| cells.bits());
        // A float has no cells in slabs.
        if U::Representation::INTEGRAL { own.wrapping_add(read.in_slabs(0, 0)) } else { own }
    }

    fn is_touched(read: &Reading<'_, Self>) -> bool {
        Self::member_bits(read) != 0
    }
}

impl<T: Target<Counter<U>>, U: Unit> Handle<'_, T, Counter<U>> {
    #[inline]
    fn record(&self, bits: u64) {
        self.update(
            |store, member| {
                U::Representation::INTEGRAL
                    && storage::add::<U::Representation>(&store.places[0], member, bits).is_some()
            },
            |cells| {
                cells.value.add::<U::Representation>(bits);
            },
        );
    }

    /// Adds one.
    #[inline]
    pub fn inc(&self)
    where
        U: Countable,
    {
        self.record(1);
    }

    /// Adds an amount, as [`Counter::inc_by`] does.
    #[doc(alias = "increment")]
    #[doc(alias = "add")]
    #[inline]
    pub fn inc_by(&self, amount: impl Amount<U>) {
        match addable(amount) {
            Some(bits) => self.record(bits),
            None if IS_RECORDING => self.store.rejected.count(),
            None => {}
        }
    }

    /// The present value; 0 if there is no such series.
    pub fn get(&self) -> U::Value {
        U::value(<Counter<U> as Metric>::SCALE.number(self.bits()))
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for Gauge<U> {
    type Cells = GaugeCells;
    type Facts = ();

    fn cells(_: &Store<Self>) -> GaugeCells {
        GaugeCells::new()
    }

    fn shapes(_: &Store<Self>) -> [Option<Shape>; 2] {
        [None, None]
    }

    fn reset(cells: &GaugeCells) {
        cells.reset();
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> FamilyMetric for Gauge<U> {
    fn member_bits(read: &Reading<'_, Self>) -> u64 {
        read.own().map_or(0, |cells| cells.bits())
    }

    fn is_touched(read: &Reading<'_, Self>) -> bool {
        read.own().is_some_and(Cells::is_touched)
    }
}

impl<T: Target<Gauge<U>>, U: Unit> Handle<'_, T, Gauge<U>> {
    /// Makes it that value.
    #[inline]
    pub fn set(&self, value: impl GaugeValue<U>) {
        self.update(|_, _| false, |cells| cells.set(value.value()));
    }

    /// Adds an amount, which may be negative.
    #[inline]
    pub fn add(&self, amount: impl GaugeValue<U>) {
        self.update(|_, _| false, |cells| cells.add(amount.value()));
    }

    /// Takes an amount away.
    #[inline]
    pub fn sub(&self, amount: impl GaugeValue<U>) {
        self.update(|_, _| false, |cells| cells.add(-amount.value()));
    }

    /// The present value in the base unit; 0 if there is no such series.
    pub fn get(&self) -> f64 {
        f64::from_bits(self.bits())
    }
}

impl<T: Target<Gauge<Unitless>>> Handle<'_, T, Gauge<Unitless>> {
    /// Adds one.
    #[doc(alias = "increment")]
    #[inline]
    pub fn inc(&self) {
        self.add(1.0);
    }

    /// Takes one away.
    #[doc(alias = "decrement")]
    #[inline]
    pub fn dec(&self) {
        self.sub(1.0);
    }
}

impl<T: Target<Gauge<Seconds>>> Handle<'_, T, Gauge<Seconds>> {
    /// Makes it the time since 1970-01-01 00:00 UTC, as in `last_success_timestamp_seconds`.
    pub fn set_to_current_time(&self) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.set(since.unwrap_or(Duration::ZERO));
    }
}

/// Where a series' starts are counted; its endings are at the place before.
const STARTED: usize = 1;
const ENDED: usize = 0;

#[diagnostic::do_not_recommend]
impl Stored for InProgress {
    type Cells = InProgressCells;
    type Facts = ();

    fn cells(_: &Store<Self>) -> InProgressCells {
        InProgressCells::new()
    }

    fn shapes(_: &Store<Self>) -> [Option<Shape>; 2] {
        [Some(Shape::Whole(1)), Some(Shape::Whole(1))]
    }

    fn reset(cells: &InProgressCells) {
        cells.reset();
    }
}

#[diagnostic::do_not_recommend]
impl FamilyMetric for InProgress {
    fn member_bits(read: &Reading<'_, Self>) -> u64 {
        let own = |pick: fn(&InProgressCells) -> u64| read.own().map_or(0, pick);
        let of = |totals| Reading { store: read.store, member: read.member, totals };
        let now = |read: &Reading<'_, Self>| {
            storage::running(
                || own(|cells| cells.started.bits()).wrapping_add(read.now(STARTED, 0)),
                || own(|cells| cells.ended.bits()).wrapping_add(read.now(ENDED, 0)),
            )
        };
        let running = now(read);
        if storage::is_current(read.totals) {
            return running;
        }
        // A start may stand in a slab that is newer than the totals, and its ending in one that
        // is not.
        now(&of(&read.store.totals(read.member)))
    }

    /// It shows from its first start on; what runs while it is cleared goes on running.
    fn is_touched(read: &Reading<'_, Self>) -> bool {
        read.in_slabs(STARTED, 0) != 0
            || read.own().is_some_and(Cells::is_touched)
            || Self::member_bits(read) != 0
    }
}

impl<'a, T: Target<InProgress>> Handle<'a, T, InProgress> {
    /// Counts one that has started, until the guard is dropped.
    #[doc(alias = "inc")]
    pub fn start(&self) -> SeriesGuard<'a> {
        let kept = self.keep();
        kept.count(STARTED);
        SeriesGuard { kept }
    }

    /// How many are running now.
    pub fn get(&self) -> u64 {
        self.bits()
    }

    #[inline]
    fn count(&self, place: usize) {
        self.update(
            |store, member| storage::add::<Whole>(&store.places[place], member, 1).is_some(),
            |cells| {
                let cell = if place == STARTED { &cells.started } else { &cells.ended };
                cell.add::<Whole>(1);
            },
        );
    }
}

/// Counts one of a series as running until it is dropped.
#[must_use = "it counts as ended when the guard is dropped: bind it, as in `let _guard = …`"]
pub struct SeriesGuard<'a> {
    kept: Kept<'a, InProgress>,
}

impl Drop for SeriesGuard<'_> {
    fn drop(&mut self) {
        self.kept.count(ENDED);
    }
}

impl fmt::Debug for SeriesGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeriesGuard")
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for Histogram<U> {
    type Cells = SeriesHistogram<U::Representation>;
    type Facts = ();

    fn cells(store: &Store<Self>) -> Self::Cells {
        SeriesHistogram::new(store.buckets())
    }

    fn shapes(store: &Store<Self>) -> [Option<Shape>; 2] {
        let (is_integral, buckets) = (U::Representation::INTEGRAL, store.buckets());
        [is_integral.then_some(Shape::Histogram { buckets, is_integral }), None]
    }

    fn reset(cells: &Self::Cells) {
        cells.reset();
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> FamilyMetric for Histogram<U> {
    fn member_bits(_: &Reading<'_, Self>) -> u64 {
        0
    }

    fn member_histogram(read: &Reading<'_, Self>, counts: &mut [u64]) -> Number {
        let zero = U::Representation::sum(0);
        let slabs = if U::Representation::INTEGRAL { read.block_in_slabs(0, counts) } else { None };
        let own = read.own().map_or(zero, |cells| cells.histogram(counts));
        slabs.map(U::Representation::sum).unwrap_or(zero).plus(own)
    }

    fn is_touched(read: &Reading<'_, Self>) -> bool {
        let mut counts = vec![0; read.store.buckets()];
        Self::member_histogram(read, &mut counts);
        counts.iter().any(|count| *count != 0)
    }
}

impl<'a, T: Target<Histogram<U>>, U: Unit> Handle<'a, T, Histogram<U>> {
    /// Counts an observation, as [`Histogram::observe`] does.
    #[doc(alias = "record")]
    #[inline]
    pub fn observe(&self, amount: impl Amount<U>) {
        if !IS_RECORDING {
            return;
        }
        let Some(bits) = amount.bits() else { return self.store.rejected.count() };
        let bucket = bucket_of::<U::Representation>(&self.store.facts.stored_bounds, bits);
        let seen = Observation::new(bucket, bits);
        self.update(
            |store, member| {
                let member = (member, store.buckets());
                U::Representation::INTEGRAL
                    && storage::observe::<U::Representation>(&store.places[0], member, seen)
            },
            |cells| {
                if !cells.observe(seen) {
                    self.store.rejected.count();
                }
            },
        );
    }

    /// All buckets, the count and the sum, as they were together at one moment; all 0 if there is
    /// no such series.
    pub fn snapshot(&self) -> HistogramSnapshot<U> {
        let mut counts = vec![0; self.store.buckets()];
        let sum = self.histogram(&mut counts).unwrap_or(U::Representation::sum(0));
        HistogramSnapshot::new(self.store.facts.bounds.clone(), counts, sum)
    }
}

impl<'a, T: Target<Histogram<Seconds>>> Handle<'a, T, Histogram<Seconds>> {
    /// Starts measuring; the time is observed when the timer is dropped.
    pub fn start_timer(&self) -> SeriesTimer<'a> {
        self.keep().start()
    }

    /// Observes how long `work` takes, also if it panics; no future, as in [`Histogram::time`].
    ///
    /// ```
    /// # use measurand::family::Method;
    /// # use measurand::{Family, Histogram, Metrics, unit::Seconds};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_series_time")]
    /// # struct M {
    /// #     /// Time to answer.
    /// #     duration_seconds: Family<Method, Histogram<Seconds>>,
    /// # }
    /// # let durations = &M::global().duration_seconds;
    /// let answer = durations.with(Method::Get).time(|| 6 * 7);
    /// assert_eq!((answer, durations.with(Method::Get).snapshot().count()), (42, 1));
    /// ```
    #[doc(alias = "observe_closure_duration")]
    pub fn time<R: NotAFuture<UseTimeAsync>, UseTimeAsync>(&self, work: impl FnOnce() -> R) -> R {
        if !IS_RECORDING {
            return work();
        }
        let _timer = self.start_timer();
        work()
    }

    /// Observes how long `work` takes from when it is first polled, also if it panics or is dropped
    /// before it is ready, as [`Histogram::time_async`] does.
    ///
    /// The series is found now, and kept.
    ///
    /// ```
    /// # use measurand::family::Method;
    /// # use measurand::{Family, Histogram, Metrics, unit::Seconds};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_series_time_async")]
    /// # struct M {
    /// #     /// Time to answer.
    /// #     duration_seconds: Family<Method, Histogram<Seconds>>,
    /// # }
    /// # let durations = &M::global().duration_seconds;
    /// # let runtime = actix_web::rt::Runtime::new().unwrap();
    /// # runtime.block_on(async {
    /// let answer = durations.with(Method::Get).time_async(async { 6 * 7 }).await;
    /// assert_eq!((answer, durations.with(Method::Get).snapshot().count()), (42, 1));
    /// # });
    /// ```
    pub fn time_async<W: AsyncWork<Kind>, Kind>(
        &self,
        work: W,
    ) -> TimedFuture<Kept<'a, Histogram<Seconds>>, W::Future> {
        TimedFuture::new(self.keep(), work.into_future())
    }
}

impl<'a> StartTimer for Kept<'a, Histogram<Seconds>> {
    type Timer = SeriesTimer<'a>;

    fn start(self) -> SeriesTimer<'a> {
        SeriesTimer { kept: Some(self), started: Instant::now() }
    }
}

/// Observes the time since it was started in a series, at the latest when it is dropped.
#[must_use = "the time is observed when the timer is dropped: bind it, as in `let _timer = …`"]
pub struct SeriesTimer<'a> {
    kept: Option<Kept<'a, Histogram<Seconds>>>,
    started: Instant,
}

impl SeriesTimer<'_> {
    /// Observes the time now, and says what it was.
    #[doc(alias = "observe_duration")]
    #[doc(alias = "stop_and_record")]
    pub fn observe(mut self) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some(kept) = self.kept.take() {
            kept.observe(elapsed);
        }
        elapsed
    }

    /// Observes nothing, and says how much time went by.
    #[doc(alias = "stop_and_discard")]
    pub fn discard(mut self) -> Duration {
        self.kept = None;
        self.started.elapsed()
    }
}

impl Drop for SeriesTimer<'_> {
    fn drop(&mut self) {
        if let Some(kept) = self.kept.take() {
            kept.observe(self.started.elapsed());
        }
    }
}

impl fmt::Debug for SeriesTimer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeriesTimer")
    }
}
