//! Counters: what only goes up.

use std::fmt;
use std::marker::PhantomData;

use super::{Declaration, Make, Maker, Metric};
use crate::kind::Kind;
use crate::place::{Place, Shape, Totals};
use crate::read::Collect;
use crate::storage::{self, IS_RECORDING, Rejected, Shared};
use crate::unit::{Amount, Countable, Representation, Scale, Unit, Unitless};

/// A number that only goes up, and starts at 0 with the process.
///
/// Use it for what happens: requests, bytes read, seconds spent. For what goes down again use a
/// [`Gauge`](super::Gauge), or [`InProgress`](super::InProgress) for what starts and ends.
///
/// Its name ends in `_total`, behind the unit if it has one. An integer counter that passes
/// 2^64 starts again at 0, which Prometheus reads as a restart.
///
/// ```
/// use measurand::unit::Bytes;
/// use measurand::{Counter, Metrics};
///
/// /// What the reader did.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_reader")]
/// struct Reader {
///     /// Files opened.
///     opened_files_total: Counter,
///     /// Bytes read from files.
///     read_bytes_total: Counter<Bytes>,
/// }
///
/// let reader = Reader::global();
/// reader.opened_files_total.inc();
/// reader.read_bytes_total.inc_by(4_096);
/// assert_eq!(reader.opened_files_total.get(), 1);
/// assert_eq!(reader.read_bytes_total.get(), 4_096);
/// ```
#[doc(alias = "IntCounter")]
pub struct Counter<U = Unitless> {
    place: Place,
    shared: Shared,
    rejected: Rejected,
    unit: PhantomData<fn() -> U>,
}

impl<U: Unit> Counter<U> {
    const fn at(place: Place) -> Self {
        let (shared, rejected) = (Shared::new(), Rejected::new());
        Counter { place, shared, rejected, unit: PhantomData }
    }

    #[inline]
    fn record(&self, bits: u64) {
        if IS_RECORDING && storage::add::<U::Representation>(&self.place, 0, bits).is_none() {
            self.shared.add::<U::Representation>(bits);
        }
    }

    /// Adds one.
    #[inline]
    pub fn inc(&self)
    where
        U: Countable,
    {
        self.record(1);
    }

    /// Adds an amount.
    ///
    /// What no counter can add (a float that is negative, NaN or infinite, or
    /// [`Seconds::from_f64`](crate::unit::Seconds::from_f64) of one too large) is dropped, and
    /// counted in `measurand_rejected_values_total`.
    #[doc(alias = "increment")]
    #[doc(alias = "add")]
    #[inline]
    pub fn inc_by(&self, amount: impl Amount<U>) {
        match addable(amount) {
            Some(bits) => self.record(bits),
            None if IS_RECORDING => self.rejected.count(),
            None => {}
        }
    }

    /// The present value.
    #[must_use]
    pub fn get(&self) -> U::Value {
        U::value(Self::SCALE.number(self.bits(0, &crate::read::total(self))))
    }
}

/// The bits of an amount, if a counter can add it and stay a counter.
#[inline]
pub(crate) fn addable<U: Unit>(amount: impl Amount<U>) -> Option<u64> {
    let is_addable = |bits: &u64| {
        let amount = f64::from_bits(*bits);
        U::Representation::INTEGRAL || (amount >= 0.0 && amount.is_finite())
    };
    amount.bits().filter(is_addable)
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Metric for Counter<U> {
    const KIND: Kind = Kind::Counter;
    const SCALE: Scale = U::Representation::SCALE;
    type Unit = U;
    type Maker<D: Declaration> = Maker<Self, D>;
}

impl<U: Unit, D: Declaration> Make<Counter<U>> for Maker<Counter<U>, D> {
    const NEW: Counter<U> = Counter::at(D::PLACE);
}

impl<U: Unit> Collect for Counter<U> {
    fn bits(&self, _: usize, totals: &Totals) -> u64 {
        totals.plus::<U::Representation>(self.place.index(), self.shared.bits())
    }

    fn places<'a>(&'a self, ask: &mut dyn FnMut(&'a Place, Shape, usize)) {
        ask(&self.place, Shape::of::<U::Representation>(), 1);
    }

    fn rejected(&self) -> u64 {
        self.rejected.get()
    }
}

impl<U: Unit> fmt::Debug for Counter<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.get()).finish()
    }
}
