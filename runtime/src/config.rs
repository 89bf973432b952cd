//! Config structs whose numbers are shown as gauges.

use std::num::NonZero;
use std::time::Duration;

use crate::metric::Gauge;
use crate::read::{Collect, Fields};
use crate::registry::{RegisterError, Registered, Registry};
use crate::unit::Unit;

/// A config struct whose numbers are shown as gauges. Implemented by the derive macro of the same
/// name.
///
/// ```
/// use measurand::registry::RegisterError;
/// use measurand::{ConfigMetrics, Registered, Registry};
///
/// /// A config, and what is shown of it.
/// struct Current<C: ConfigMetrics> {
///     config: C,
///     gauges: Registered<C::Gauges>,
/// }
///
/// impl<C: ConfigMetrics> Current<C> {
///     fn new(config: C, registry: &Registry) -> Result<Self, RegisterError<C::Gauges>> {
///         let gauges = config.register_metrics(registry)?;
///         Ok(Current { config, gauges })
///     }
///
///     fn replace(&mut self, config: C) {
///         config.set_metrics(&self.gauges);
///         self.config = config;
///     }
/// }
///
/// /// How the pool is set up.
/// #[derive(ConfigMetrics)]
/// #[metrics(namespace = "doc_config")]
/// struct Pool {
///     /// Connections at once, at most.
///     max_connections: usize,
/// }
///
/// let registry = Registry::new();
/// let mut current = Current::new(Pool { max_connections: 50 }, &registry).unwrap();
/// current.replace(Pool { max_connections: 80 });
/// assert!(registry.to_text().contains("doc_config_max_connections 80\n"));
/// ```
pub trait ConfigMetrics {
    /// The gauges, one for each number.
    type Gauges: Fields;

    /// Sets the gauges to the values of this config, such as after reading it again.
    fn set_metrics(&self, gauges: &Self::Gauges);

    /// Adds the gauges to a registry, with the values of this config. They leave the page when the
    /// last clone of the returned handle is dropped.
    ///
    /// # Errors
    ///
    /// Returns an error if they are registered already, or if one of them conflicts with another
    /// family.
    fn register_metrics(
        &self,
        registry: &Registry,
    ) -> Result<Registered<Self::Gauges>, RegisterError<Self::Gauges>>;
}

/// A value that a gauge of a config can show.
#[doc(hidden)]
pub trait ConfigValue {
    /// Returns the number, or NaN if there is none.
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

/// Sets a gauge to a value.
#[doc(hidden)]
pub fn set_gauge<U: Unit>(gauge: &Gauge<U>, value: &impl ConfigValue) {
    gauge.set_number(value.number());
}

/// The gauges of a struct that the derive macro refused.
#[doc(hidden)]
#[derive(Debug)]
pub enum NoGauges {}

impl Fields for NoGauges {
    fn metric(&self, _: usize) -> Option<&dyn Collect> {
        match *self {}
    }
}
