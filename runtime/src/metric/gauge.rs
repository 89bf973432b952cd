//! Gauges: what goes up and down.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use atomic_float::AtomicF64;

use super::{Declaration, Make, Maker, Metric};
use crate::kind::Kind;
use crate::place::Totals;
use crate::read::Collect;
use crate::storage::IS_RECORDING;
use crate::unit::{CountedByOnes, GaugeValue, Scale, Seconds, Unit, Unitless};

/// A number that goes up and down.
///
/// Use it for what is now: a queue's length, a temperature, the time of the last success. For
/// what starts and ends use [`InProgress`](super::InProgress), which cannot be left standing.
///
/// A gauge is one `f64`, whatever its unit; without a unit, or with a fractional one, it takes
/// any number.
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
/// cache.entries.dec();
/// cache.size_bytes.set(4_096);
/// cache.size_bytes.sub(96);
/// assert_eq!((cache.entries.get(), cache.size_bytes.get()), (11.0, 4_000.0));
/// ```
#[doc(alias = "IntGauge")]
pub struct Gauge<U = Unitless> {
    value: AtomicF64,
    unit: PhantomData<fn() -> U>,
}

impl<U: Unit> Gauge<U> {
    const fn zero() -> Self {
        Gauge { value: AtomicF64::new(0.0), unit: PhantomData }
    }

    /// Makes it that value.
    #[inline]
    pub fn set(&self, value: impl GaugeValue<U>) {
        if IS_RECORDING {
            self.value.store(value.value(), Ordering::Relaxed);
        }
    }

    /// Adds an amount, which may be negative.
    #[inline]
    pub fn add(&self, amount: impl GaugeValue<U>) {
        if IS_RECORDING {
            self.value.fetch_add(amount.value(), Ordering::Relaxed);
        }
    }

    /// Takes an amount away.
    #[inline]
    pub fn sub(&self, amount: impl GaugeValue<U>) {
        if IS_RECORDING {
            self.value.fetch_sub(amount.value(), Ordering::Relaxed);
        }
    }

    /// Adds one.
    #[doc(alias = "increment")]
    #[inline]
    pub fn inc(&self)
    where
        U: CountedByOnes,
    {
        if IS_RECORDING {
            self.value.fetch_add(1.0, Ordering::Relaxed);
        }
    }

    /// Takes one away.
    #[doc(alias = "decrement")]
    #[inline]
    pub fn dec(&self)
    where
        U: CountedByOnes,
    {
        if IS_RECORDING {
            self.value.fetch_sub(1.0, Ordering::Relaxed);
        }
    }

    /// The present value in the base unit.
    #[must_use]
    pub fn get(&self) -> f64 {
        self.value.load(Ordering::Relaxed)
    }
}

impl Gauge<Seconds> {
    /// Makes it the time since 1970-01-01 00:00 UTC, as in `last_success_timestamp_seconds`.
    pub fn set_to_current_time(&self) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.set(since.unwrap_or(Duration::ZERO));
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Metric for Gauge<U> {
    const KIND: Kind = Kind::Gauge;
    const SCALE: Scale = Scale::Fractional;
    type Unit = U;
    type Maker<D: Declaration> = Maker<Self, D>;
}

impl<U: Unit, D: Declaration> Make<Gauge<U>> for Maker<Gauge<U>, D> {
    const NEW: Gauge<U> = Gauge::zero();
}

impl<U: Unit> Collect for Gauge<U> {
    fn bits(&self, _: usize, _: &Totals) -> u64 {
        self.get().to_bits()
    }
}

impl<U: Unit> fmt::Debug for Gauge<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gauge").field(&self.get()).finish()
    }
}
