//! Peak gauges, which show the largest value since the last scrape.

use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use atomic_float::AtomicF64;

use super::UnlabelledStore;
use super::touches::Touches;
use super::unlabelled::Inline;
use crate::place::Place;
use crate::series::{AnySeries, Reading, Stored};
use crate::unit::{CountedByOnes, GaugeValue, Scale, Unit, Unitless};

/// A number that goes up and down, exposed as its largest value since the last scrape.
///
/// Use it where short peaks matter, such as the length of a queue or connections in use: a
/// [`Gauge`](super::Gauge) shows a peak only if it is scraped at that very moment. Each gather
/// starts the peak anew from the current value, so with two scrapers, each sees the peak since the
/// last scrape of either. A gather whose sink skips the gauge does not start it anew.
///
/// ```
/// use measurand::{Metrics, PeakGauge, Registry};
///
/// /// The queue.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_peak", instance)]
/// struct Queue {
///     /// Most jobs that waited at once.
///     waiting_jobs: PeakGauge,
/// }
///
/// let registry = Registry::new();
/// let queue = Queue::register(&registry).unwrap();
/// queue.waiting_jobs.set(90);
/// queue.waiting_jobs.set(2);
/// assert_eq!((queue.waiting_jobs.get(), queue.waiting_jobs.peak()), (2.0, 90.0));
///
/// let page = || {
///     let mut page = String::new();
///     registry.encode_text(&mut page);
///     page
/// };
/// assert!(page().ends_with("doc_peak_waiting_jobs 90\n"));
/// assert!(page().ends_with("doc_peak_waiting_jobs 2\n"));
/// ```
///
/// A thread or a struct that sets the gauge takes a [`Series`](crate::Series):
///
/// ```
/// use measurand::{Metrics, PeakGauge, Series};
///
/// /// The pool.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_peak_pool", global = POOL)]
/// struct PoolMetrics {
///     /// Most connections that were in use at once.
///     used_connections: PeakGauge,
/// }
///
/// let used: Series<PeakGauge> = POOL.used_connections.keep();
/// std::thread::spawn(move || used.inc()).join().unwrap();
/// assert_eq!(POOL.used_connections.peak(), 1.0);
/// ```
pub struct PeakGauge<U = Unitless> {
    unlabelled: UnlabelledStore<[Place; 0], Inline<PeakCells>, ()>,
    of: PhantomData<fn() -> U>,
}

metric! {
    impl[U: Unit, or 'static] PeakGauge<U> {
        kind: Gauge,
        unit: U,
        scale: Scale::Fractional,
        places: 0,
        cells: PeakCells,
        facts: (),
        own: Inline<PeakCells> = Inline(PeakCells::new()),
        debug: PeakGauge(get),
    }
}

/// The current value, and the largest since the last gather.
#[derive(Debug)]
pub struct PeakCells {
    value: AtomicF64,
    peak: AtomicF64,
    touches: Touches,
}

impl PeakCells {
    const fn new() -> Self {
        let (value, peak) = (AtomicF64::new(0.0), AtomicF64::new(f64::NEG_INFINITY));
        PeakCells { value, peak, touches: Touches::new() }
    }

    /// Returns the peak, at least the current value: a value that is just being set counts already.
    fn shown(&self, peak: f64) -> f64 {
        peak.max(self.value.load(Ordering::Relaxed))
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for PeakGauge<U> {
    fn cells((): &()) -> PeakCells {
        PeakCells::new()
    }

    fn reset(cells: &PeakCells) {
        cells.touches.forget();
        cells.value.store(0.0, Ordering::Relaxed);
        cells.peak.store(f64::NEG_INFINITY, Ordering::Relaxed);
    }

    fn has_changed(cells: &PeakCells, _: &mut u64) -> bool {
        cells.touches.take_fresh()
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        read.own().is_some_and(|cells| cells.touches.is_any())
    }

    fn bits_in(read: &Reading<'_, Self>) -> u64 {
        read.own().map_or(0.0, |cells| cells.value.load(Ordering::Relaxed)).to_bits()
    }

    /// Starts the next peak from the value that is loaded first, so that a value set meanwhile is
    /// in this peak or the next one.
    fn gathered_bits(read: &Reading<'_, Self>) -> u64 {
        let Some(cells) = read.own() else { return 0 };
        let value = cells.value.load(Ordering::Relaxed);
        cells.shown(cells.peak.swap(value, Ordering::Relaxed)).max(value).to_bits()
    }
}

/// Updates the value of a series. `change` returns the new value.
#[inline]
fn change<S: AnySeries<PeakGauge<U>>, U: Unit>(series: &S, change: impl FnOnce(&AtomicF64) -> f64) {
    series.update(
        |_, _| false,
        |cells| {
            cells.peak.fetch_max(change(&cells.value), Ordering::Relaxed);
            if !S::IS_UNLABELLED {
                cells.touches.touch();
            }
        },
    );
}

methods! { impl[U: Unit] PeakGauge<U> {
    /// Sets the gauge to `value`.
    ///
    /// ```
    /// # use measurand::{PeakGauge, Metrics};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(instance)]
    /// # struct M {
    /// #     /// Jobs that wait.
    /// #     waiting_jobs: PeakGauge,
    /// # }
    /// # let registry = measurand::Registry::new();
    /// # let metrics = M::register(&registry).unwrap();
    /// # let waiting = &metrics.waiting_jobs;
    /// waiting.set(5);
    /// waiting.add(4);
    /// waiting.sub(7);
    /// waiting.inc();
    /// waiting.dec();
    /// assert_eq!((waiting.get(), waiting.peak()), (2.0, 9.0));
    /// ```
    #[inline]
    pub fn set(&self, value: impl GaugeValue<U>) {
        let value = value.value();
        change(self, |cell| {
            cell.store(value, Ordering::Relaxed);
            value
        });
    }

    /// Adds `amount`, which may be negative.
    #[inline]
    pub fn add(&self, amount: impl GaugeValue<U>) {
        let amount = amount.value();
        change(self, |cell| cell.fetch_add(amount, Ordering::Relaxed) + amount);
    }

    /// Subtracts `amount`.
    #[inline]
    pub fn sub(&self, amount: impl GaugeValue<U>) {
        let amount = amount.value();
        change(self, |cell| cell.fetch_sub(amount, Ordering::Relaxed) - amount);
    }

    /// Adds one.
    #[doc(alias = "increment")]
    #[inline]
    pub fn inc(&self)
    where
        U: CountedByOnes,
    {
        change(self, |cell| cell.fetch_add(1.0, Ordering::Relaxed) + 1.0);
    }

    /// Subtracts one.
    #[doc(alias = "decrement")]
    #[inline]
    pub fn dec(&self)
    where
        U: CountedByOnes,
    {
        change(self, |cell| cell.fetch_sub(1.0, Ordering::Relaxed) - 1.0);
    }

    /// Returns the current value in the base unit; 0 if there is no such series.
    #[must_use]
    pub fn get(&self) -> f64 {
        f64::from_bits(self.present_bits())
    }

    /// Returns the largest value since the last gather in the base unit; 0 if there is no such
    /// series.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.read(|read| {
            let cells = read.and_then(Reading::own);
            cells.map_or(0.0, |cells| cells.shown(cells.peak.load(Ordering::Relaxed)))
        })
    }
} }
