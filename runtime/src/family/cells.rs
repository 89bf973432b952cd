//! What one series of each kind of metric counts in, where it has cells of its own.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use atomic_float::AtomicF64;

use crate::number::Number;
use crate::storage::{HistogramCells, Observation, Shared};
use crate::unit::Unit;

/// The cells of a series.
pub trait Cells: Send + Sync + 'static {
    /// The bits of the value, of what is no histogram.
    fn bits(&self) -> u64;

    /// Adds the buckets of a histogram, and gives its sum.
    fn histogram(&self, _counts: &mut [u64]) -> Number {
        Number::Whole(0)
    }

    /// Whether it was ever updated.
    fn is_touched(&self) -> bool;

    /// Whether it was updated since it was asked last, when `last` became what it is.
    fn has_changed(&self, last: &mut u64) -> bool;
}

/// Whether a number that only grows is another one.
fn has_moved(now: u64, last: &mut u64) -> bool {
    std::mem::replace(last, now) != now
}

/// A counter's.
pub struct CounterCells {
    pub(crate) value: Shared,
}

impl CounterCells {
    pub(crate) const fn new() -> Self {
        CounterCells { value: Shared::new() }
    }
}

impl Cells for CounterCells {
    fn bits(&self) -> u64 {
        self.value.bits()
    }

    fn is_touched(&self) -> bool {
        self.bits() != 0
    }

    fn has_changed(&self, last: &mut u64) -> bool {
        has_moved(self.bits(), last)
    }
}

/// A gauge's. It may be set to 0, so that it was set is a fact of its own.
pub struct GaugeCells {
    value: AtomicF64,
    is_set: AtomicBool,
    /// Set by every update, and taken away by who asks whether there was one.
    is_fresh: AtomicBool,
}

impl GaugeCells {
    pub(crate) const fn new() -> Self {
        let (is_set, is_fresh) = (AtomicBool::new(false), AtomicBool::new(false));
        GaugeCells { value: AtomicF64::new(0.0), is_set, is_fresh }
    }

    #[inline]
    pub(crate) fn set(&self, value: f64) {
        self.value.store(value, Ordering::Relaxed);
        self.touch();
    }

    #[inline]
    pub(crate) fn add(&self, amount: f64) {
        self.value.fetch_add(amount, Ordering::Relaxed);
        self.touch();
    }

    #[inline]
    fn touch(&self) {
        // Written once, so that it is read from then on.
        if !self.is_set.load(Ordering::Relaxed) {
            self.is_set.store(true, Ordering::Release);
        }
        if !self.is_fresh.load(Ordering::Relaxed) {
            self.is_fresh.store(true, Ordering::Relaxed);
        }
    }

    /// As if it had never been set.
    pub(crate) fn reset(&self) {
        self.is_set.store(false, Ordering::Relaxed);
        self.value.store(0.0, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> f64 {
        self.value.load(Ordering::Relaxed)
    }
}

impl Cells for GaugeCells {
    fn bits(&self) -> u64 {
        self.get().to_bits()
    }

    fn is_touched(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    fn has_changed(&self, _: &mut u64) -> bool {
        self.is_fresh.swap(false, Ordering::Relaxed)
    }
}

/// Those of what starts and ends.
pub struct InProgressCells {
    pub(crate) started: Shared,
    pub(crate) ended: Shared,
    /// What had started when it was cleared.
    cleared: AtomicU64,
}

impl InProgressCells {
    pub(crate) const fn new() -> Self {
        InProgressCells { started: Shared::new(), ended: Shared::new(), cleared: AtomicU64::new(0) }
    }

    /// As if nothing had started yet; what runs goes on running.
    pub(crate) fn reset(&self) {
        self.cleared.store(self.started.bits(), Ordering::Relaxed);
    }
}

impl Cells for InProgressCells {
    fn bits(&self) -> u64 {
        crate::storage::running(|| self.started.bits(), || self.ended.bits())
    }

    fn is_touched(&self) -> bool {
        self.started.bits() != self.cleared.load(Ordering::Relaxed)
    }

    /// What is running is in use.
    fn has_changed(&self, last: &mut u64) -> bool {
        has_moved(self.ended.bits(), last) || self.bits() != 0
    }
}

/// A histogram's.
pub struct SeriesHistogram<U> {
    cells: HistogramCells,
    unit: PhantomData<fn() -> U>,
}

impl<U: Unit> SeriesHistogram<U> {
    pub(crate) fn new(buckets: usize) -> Self {
        SeriesHistogram { cells: HistogramCells::new(buckets), unit: PhantomData }
    }

    pub(crate) fn reset(&self) {
        self.cells.reset();
    }

    #[inline]
    pub(crate) fn observe(&self, seen: Observation) -> bool {
        self.cells.observe::<U::Representation>(seen)
    }
}

impl<U: Unit> Cells for SeriesHistogram<U> {
    fn bits(&self) -> u64 {
        0
    }

    fn histogram(&self, counts: &mut [u64]) -> Number {
        self.cells.read::<U::Representation>(counts)
    }

    fn is_touched(&self) -> bool {
        self.cells.observations() != 0
    }

    fn has_changed(&self, last: &mut u64) -> bool {
        has_moved(self.cells.observations(), last)
    }
}

macro_rules! debug {
    ($($type:ident $(<$parameter:ident>)?)*) => {$(
        impl $(<$parameter>)? fmt::Debug for $type $(<$parameter>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($type))
            }
        }
    )*};
}

debug! { CounterCells GaugeCells InProgressCells SeriesHistogram<U> }
