//! Counters, which only go up.

use std::marker::PhantomData;

use super::UnlabelledStore;
use super::unlabelled::Inline;
use crate::place::{Place, Shape};
use crate::series::{AnySeries, Reading, Stored, has_moved};
use crate::storage::{self, IS_RECORDING, SharedCell};
use crate::unit::{Amount, Countable, Representation, Unit, Unitless};

/// A number that only goes up, and starts at 0 with the process.
///
/// Use it to count events and amounts: requests, bytes read, seconds spent. For values that also go
/// down use a [`Gauge`](super::Gauge), or [`InProgress`](super::InProgress) for work that starts
/// and ends.
///
/// Its name ends in `_total`, after the unit if it has one. An integer counter that passes 2^64
/// wraps around to 0, which Prometheus reads as a restart.
///
/// ```
/// use measurand::unit::Bytes;
/// use measurand::{Counter, Metrics, Series};
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
///
/// // For a thread or a struct that counts, wherever its counter comes from:
/// let opened: Series<Counter> = reader.opened_files_total.keep();
/// std::thread::spawn(move || opened.inc()).join().unwrap();
/// assert_eq!(reader.opened_files_total.get(), 2);
/// ```
#[doc(alias = "IntCounter")]
pub struct Counter<U = Unitless> {
    unlabelled: UnlabelledStore<[Place; 1], Inline<SharedCell>, ()>,
    of: PhantomData<fn() -> U>,
}

metric! {
    impl[U: Unit, or 'static] Counter<U> {
        kind: Counter,
        unit: U,
        scale: U::Representation::SCALE,
        places: 1,
        cells: SharedCell,
        facts: (),
        own: Inline<SharedCell> = Inline(SharedCell::new()),
        debug: Counter(get),
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for Counter<U> {
    const IS_CLEARABLE: bool = U::Representation::INTEGRAL;

    fn cells((): &()) -> SharedCell {
        SharedCell::new()
    }

    #[inline]
    fn shapes((): &()) -> [Option<Shape>; 2] {
        [Some(Shape::of::<U::Representation>()), None]
    }

    fn reset(cells: &SharedCell) {
        cells.reset();
    }

    fn has_changed(cells: &SharedCell, last: &mut u64) -> bool {
        has_moved(cells.bits(), last)
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        Self::bits_in(read) != 0
    }

    #[inline]
    fn bits_in(read: &Reading<'_, Self>) -> u64 {
        let own = read.own().map_or(0, SharedCell::bits);
        U::Representation::SCALE.plus(own, read.in_slabs(0, 0))
    }
}

methods! { impl[U: Unit] Counter<U> {
    /// Adds one.
    #[inline]
    pub fn inc(&self)
    where
        U: Countable,
    {
        record(self, 1);
    }

    /// Adds `amount`.
    ///
    /// An amount that a counter cannot add is dropped, and counted in
    /// `measurand_rejected_values_total`: a float that is negative, NaN or infinite, or a
    /// [`Seconds::from_f64`](crate::unit::Seconds::from_f64) that is out of range.
    ///
    /// ```
    /// # use measurand::{Counter, Metrics, unit::Joules};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(instance)]
    /// # struct M {
    /// #     /// Energy used.
    /// #     used_joules_total: Counter<Joules>,
    /// # }
    /// # let registry = measurand::Registry::new();
    /// # let metrics = M::register(&registry).unwrap();
    /// # let used = &metrics.used_joules_total;
    /// used.inc_by(1.5);
    /// used.inc_by(-1.0); // dropped
    /// assert_eq!(used.get(), 1.5);
    /// ```
    #[doc(alias = "increment")]
    #[doc(alias = "add")]
    #[inline]
    pub fn inc_by(&self, amount: impl Amount<U>) {
        match addable(amount) {
            Some(bits) => record(self, bits),
            None if IS_RECORDING => self.rejected().count(),
            None => {}
        }
    }

    /// Returns the current value; 0 if there is no such series.
    #[must_use]
    pub fn get(&self) -> U::Value {
        U::value(U::Representation::SCALE.number(self.present_bits()))
    }
} }

/// Adds to a series.
#[inline]
pub(super) fn record<U: Unit>(series: &impl AnySeries<Counter<U>>, bits: u64) {
    series.update(
        |places, position| storage::add::<U::Representation>(&places[0], position, bits).is_some(),
        |cells| {
            cells.add::<U::Representation>(bits);
        },
    );
}

/// Returns the bits of an amount, unless a counter cannot add it.
#[inline]
pub(super) fn addable<U: Unit>(amount: impl Amount<U>) -> Option<u64> {
    let is_addable = |bits: &u64| {
        let amount = f64::from_bits(*bits);
        U::Representation::INTEGRAL || (amount >= 0.0 && amount.is_finite())
    };
    amount.bits().filter(is_addable)
}
