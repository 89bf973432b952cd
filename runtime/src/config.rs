//! Config structs whose numbers are shown as gauges.

use std::num::NonZero;
use std::time::Duration;

use crate::metric::Gauge;
use crate::read::{Collect, Fields};
use crate::registry::{RegisterError, Registered, Registry};
use crate::unit::Unit;

/// A config struct whose numbers are shown as gauges, which the derive of the same name implements.
pub trait ConfigMetrics {
    /// A gauge for each number.
    type Gauges: Fields;

    /// Shows the values from now on, of a config that was read again.
    fn set_metrics(&self, gauges: &Self::Gauges);

    /// Adds the gauges to a registry, and shows the values. They leave with the last clone of what is
    /// returned.
    ///
    /// # Errors
    ///
    /// If they are there already, or if one of them conflicts with another family.
    fn register_metrics(
        &self,
        registry: &Registry,
    ) -> Result<Registered<Self::Gauges>, RegisterError<Self::Gauges>>;
}

/// A value that a gauge of a config shows.
#[doc(hidden)]
pub trait ConfigValue {
    /// The number; NaN if there is none.
    fn number(&self) -> f64;
}

macro_rules! numbers {
    ($($number:ident)*) => {$(
        impl ConfigValue for $number {
            fn number(&self) -> f64 {
                *self as f64
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);

macro_rules! non_zero {
    ($($number:ident)*) => {$(
        impl ConfigValue for NonZero<$number> {
            fn number(&self) -> f64 {
                self.get().number()
            }
        }
    )*};
}
non_zero!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl ConfigValue for bool {
    fn number(&self) -> f64 {
        f64::from(u8::from(*self))
    }
}

impl ConfigValue for Duration {
    fn number(&self) -> f64 {
        self.as_secs_f64()
    }
}

impl<T: ConfigValue> ConfigValue for Option<T> {
    fn number(&self) -> f64 {
        self.as_ref().map_or(f64::NAN, T::number)
    }
}

/// Shows a value.
#[doc(hidden)]
pub fn set_gauge<U: Unit>(gauge: &Gauge<U>, value: &impl ConfigValue) {
    gauge.set_number(value.number());
}

/// The gauges of a struct that the derive has refused.
#[doc(hidden)]
#[derive(Debug)]
pub enum NoGauges {}

impl Fields for NoGauges {
    fn metric(&self, _: usize) -> Option<&dyn Collect> {
        match *self {}
    }
}
