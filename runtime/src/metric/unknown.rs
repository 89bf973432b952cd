//! Values of unknown type.

use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use super::UnlabelledStore;
use super::gauge::{GaugeCells, change};
use super::unlabelled::Inline;
use crate::place::Place;
use crate::series::{AnySeries, Reading, Stored};
use crate::unit::{GaugeValue, Scale, Unit, Unitless};

/// A number that may be a counter or a gauge.
///
/// Use it for a value from elsewhere whose type is unknown, such as a register of a device. For
/// what this program measures use a [`Counter`](super::Counter) or a [`Gauge`](super::Gauge), which
/// Prometheus knows how to treat. It is exposed as `untyped` in the text format and as `unknown` in
/// OpenMetrics.
///
/// ```
/// use measurand::{Metrics, Unknown};
///
/// /// Figures of the device.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_unknown")]
/// struct Device {
///     /// Register 7 of the device.
///     register_7: Unknown,
/// }
///
/// let device = Device::global();
/// device.register_7.set(-12.5);
/// assert_eq!(device.register_7.get(), -12.5);
///
/// // For a thread or a struct that sets it, wherever its metric comes from:
/// let kept = device.register_7.keep();
/// std::thread::spawn(move || kept.set(3)).join().unwrap();
/// assert_eq!(device.register_7.get(), 3.0);
/// ```
#[doc(alias = "Untyped")]
pub struct Unknown<U = Unitless> {
    unlabelled: UnlabelledStore<[Place; 0], Inline<GaugeCells>, ()>,
    of: PhantomData<fn() -> U>,
}

metric! {
    impl[U: Unit, or 'static] Unknown<U> {
        kind: Unknown,
        unit: U,
        scale: Scale::Fractional,
        places: 0,
        cells: GaugeCells,
        facts: (),
        own: Inline<GaugeCells> = Inline(GaugeCells::new()),
        debug: Unknown(get),
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for Unknown<U> {
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

methods! { impl[U: Unit] Unknown<U> {
    /// Sets the metric to `value`.
    #[inline]
    pub fn set(&self, value: impl GaugeValue<U>) {
        change(self, |cell| cell.store(value.value(), Ordering::Relaxed));
    }

    /// Returns the current value in the base unit; 0 if there is no such series.
    #[must_use]
    pub fn get(&self) -> f64 {
        f64::from_bits(self.present_bits())
    }
} }
