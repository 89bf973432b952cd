//! Gauges, which go up and down.

use std::marker::PhantomData;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use atomic_float::AtomicF64;

use super::UnlabelledStore;
use super::touches::Touches;
use super::unlabelled::Inline;
use crate::place::Place;
use crate::series::{AnySeries, Reading, Stored};
use crate::unit::{CountedByOnes, GaugeValue, Scale, Seconds, Unit, Unitless};

/// A number that goes up and down.
///
/// Use it for a current state: the length of a queue, a temperature, the time of the last success.
/// For work that starts and ends use [`InProgress`](super::InProgress), whose guard cannot be
/// forgotten.
///
/// A gauge is an `f64`, whatever its unit. Without a unit, or with a fractional one, it takes any
/// number.
///
/// ```
/// use measurand::unit::Bytes;
/// use measurand::{Gauge, Metrics};
///
/// /// What is in the cache.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_cache")]
/// struct Cache {
///     /// Entries in the cache.
///     entries: Gauge,
///     /// Memory that the entries take.
///     size_bytes: Gauge<Bytes>,
/// }
///
/// let cache = Cache::global();
/// cache.entries.set(12);
/// cache.entries.inc();
/// cache.entries.dec();
/// cache.size_bytes.add(4_096);
/// cache.size_bytes.sub(96);
/// assert_eq!((cache.entries.get(), cache.size_bytes.get()), (12.0, 4_000.0));
///
/// // For a thread or a struct that sets it, wherever its gauge comes from:
/// let entries = cache.entries.keep();
/// std::thread::spawn(move || entries.set(20)).join().unwrap();
/// assert_eq!(cache.entries.get(), 20.0);
/// ```
#[doc(alias = "IntGauge")]
pub struct Gauge<U = Unitless> {
    unlabelled: UnlabelledStore<[Place; 0], Inline<GaugeCells>, ()>,
    of: PhantomData<fn() -> U>,
}

metric! {
    impl[U: Unit, or 'static] Gauge<U> {
        kind: Gauge,
        unit: U,
        scale: Scale::Fractional,
        places: 0,
        cells: GaugeCells,
        facts: (),
        own: Inline<GaugeCells> = Inline(GaugeCells::new()),
        debug: Gauge(get),
    }
}

/// The value of a gauge, and whether it was set.
#[derive(Debug)]
pub struct GaugeCells {
    value: AtomicF64,
    touches: Touches,
}

impl GaugeCells {
    pub(super) const fn new() -> Self {
        GaugeCells { value: AtomicF64::new(0.0), touches: Touches::new() }
    }

    pub(super) fn reset(&self) {
        self.touches.forget();
        self.value.store(0.0, Ordering::Relaxed);
    }

    /// Returns whether it was set since the last call.
    pub(super) fn has_changed(&self) -> bool {
        self.touches.take_fresh()
    }

    /// Returns whether it was ever set.
    pub(super) fn is_touched(&self) -> bool {
        self.touches.is_any()
    }

    #[inline]
    pub(super) fn bits(&self) -> u64 {
        self.value.load(Ordering::Relaxed).to_bits()
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for Gauge<U> {
    fn cells((): &()) -> GaugeCells {
        GaugeCells::new()
    }

    fn reset(cells: &GaugeCells) {
        cells.reset();
    }

    fn has_changed(cells: &GaugeCells, _: &mut u64) -> bool {
        cells.has_changed()
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        read.own().is_some_and(GaugeCells::is_touched)
    }

    #[inline]
    fn bits_in(read: &Reading<'_, Self>) -> u64 {
        read.own().map_or(0, GaugeCells::bits)
    }
}

/// Updates the value of a series.
#[inline]
pub(super) fn change<S: AnySeries<M>, M: Stored<Cells = GaugeCells>>(
    series: &S,
    change: impl FnOnce(&AtomicF64),
) {
    series.update(
        |_, _| false,
        |cells| {
            change(&cells.value);
            if !S::IS_UNLABELLED {
                cells.touches.touch();
            }
        },
    );
}

methods! { impl[U: Unit] Gauge<U> {
    /// Sets the gauge to `value`.
    ///
    /// ```
    /// # use measurand::{Gauge, Metrics};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(instance)]
    /// # struct M {
    /// #     /// Jobs that wait.
    /// #     waiting_jobs: Gauge,
    /// # }
    /// # let registry = measurand::Registry::new();
    /// # let metrics = M::register(&registry).unwrap();
    /// # let waiting = &metrics.waiting_jobs;
    /// waiting.set(5);
    /// waiting.add(4);
    /// waiting.sub(7);
    /// waiting.inc();
    /// waiting.dec();
    /// assert_eq!(waiting.get(), 2.0);
    /// ```
    #[inline]
    pub fn set(&self, value: impl GaugeValue<U>) {
        change(self, |cell| cell.store(value.value(), Ordering::Relaxed));
    }

    /// Adds `amount`, which may be negative.
    #[inline]
    pub fn add(&self, amount: impl GaugeValue<U>) {
        change(self, |cell| {
            cell.fetch_add(amount.value(), Ordering::Relaxed);
        });
    }

    /// Subtracts `amount`.
    #[inline]
    pub fn sub(&self, amount: impl GaugeValue<U>) {
        change(self, |cell| {
            cell.fetch_sub(amount.value(), Ordering::Relaxed);
        });
    }

    /// Adds one.
    #[doc(alias = "increment")]
    #[inline]
    pub fn inc(&self)
    where
        U: CountedByOnes,
    {
        change(self, |cell| {
            cell.fetch_add(1.0, Ordering::Relaxed);
        });
    }

    /// Subtracts one.
    #[doc(alias = "decrement")]
    #[inline]
    pub fn dec(&self)
    where
        U: CountedByOnes,
    {
        change(self, |cell| {
            cell.fetch_sub(1.0, Ordering::Relaxed);
        });
    }

    /// Returns the current value in the base unit; 0 if there is no such series.
    ///
    /// It is a float for every unit, since a gauge of seconds can be negative, and a `Duration` cannot.
    #[must_use]
    pub fn get(&self) -> f64 {
        f64::from_bits(self.present_bits())
    }
} }

impl<U: Unit> Gauge<U> {
    /// Sets the gauge to a number in the base unit.
    pub(crate) fn set_number(&self, value: f64) {
        change(self, |cell| cell.store(value, Ordering::Relaxed));
    }
}

methods! { impl[] Gauge<Seconds> {
    /// Sets the gauge to the time since 1970-01-01 00:00 UTC, as for
    /// `last_success_timestamp_seconds`.
    ///
    /// ```
    /// use measurand::unit::Seconds;
    /// use measurand::{Gauge, Metrics, Registry};
    ///
    /// /// The backups.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_backup", instance)]
    /// struct Backups {
    ///     /// When the last backup succeeded.
    ///     last_success_timestamp_seconds: Gauge<Seconds>,
    /// }
    ///
    /// let backups = Backups::register(&Registry::new()).unwrap();
    /// backups.last_success_timestamp_seconds.set_to_current_time();
    /// assert!(backups.last_success_timestamp_seconds.get() > 1.7e9);
    /// ```
    pub fn set_to_current_time(&self) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.set(since.unwrap_or(Duration::ZERO));
    }
} }
