//! Units as types: what a metric counts in, and how its values are stored.
//!
//! | type | suffix | takes | stored as |
//! |---|---|---|---|
//! | [`Unitless`] | none | `u64`; gauges any number | `u64` |
//! | [`Bytes`] | `_bytes` | `u64` | `u64` |
//! | [`Seconds`] | `_seconds` | [`Duration`], [`Seconds::from_f64`] | `u64` nanoseconds |
//! | [`Ratio`] | `_ratio` | any number | `f64` |
//! | [`Celsius`] | `_celsius` | any number | `f64` |
//! | [`Kelvin`] | `_kelvin` | any number | `f64` |
//! | [`Meters`] | `_meters` | any number | `f64` |
//! | [`Volts`] | `_volts` | any number | `f64` |
//! | [`Amperes`] | `_amperes` | any number | `f64` |
//! | [`Joules`] | `_joules` | any number | `f64` |
//! | [`Grams`] | `_grams` | any number | `f64` |
//!
//! A gauge is stored as `f64` whatever its unit. Declaring a unit of your own takes one line:
//!
//! ```
//! measurand::unit!(/** Pages of a document. */ pub Pages = "pages", whole);
//! ```
//!
//! Each takes its values in the base unit:
//!
//! ```
//! use std::time::Duration;
//! use measurand::unit::{
//!     Amperes, Bytes, Celsius, Grams, Joules, Kelvin, Meters, Ratio, Seconds, Unitless, Volts,
//! };
//! use measurand::{Counter, Gauge, Histogram, Metrics};
//!
//! /// A drone.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_drone", global = DRONE)]
//! struct DroneMetrics {
//!     /// Voltage of the battery.
//!     battery_volts: Gauge<Volts>,
//!     /// Current of the motors.
//!     motor_amperes: Gauge<Amperes>,
//!     /// Energy that the motors have used.
//!     motor_energy_joules_total: Counter<Joules>,
//!     /// Temperature of the motors.
//!     motor_celsius: Gauge<Celsius>,
//!     /// How much warmer the motors are than the air.
//!     motor_heating_kelvin: Gauge<Kelvin>,
//!     /// Mass of the load.
//!     load_grams: Gauge<Grams>,
//!     /// Distance to the ground.
//!     altitude_meters: Gauge<Meters>,
//!     /// Part of the battery that is charged.
//!     battery_charge_ratio: Gauge<Ratio>,
//!     /// Time in the air.
//!     flight_seconds_total: Counter<Seconds>,
//!     /// Pictures taken, which is the same as a `Counter` without a unit.
//!     pictures_total: Counter<Unitless>,
//!     /// Sizes of pictures.
//!     #[metric(buckets = exponential(1_000, 10, 6))]
//!     picture_size_bytes: Histogram<Bytes>,
//! }
//!
//! DRONE.battery_volts.set(14.8);
//! DRONE.motor_amperes.set(12);
//! DRONE.motor_energy_joules_total.inc_by(177.6);
//! DRONE.motor_celsius.set(41.5);
//! DRONE.motor_heating_kelvin.set(20.5);
//! DRONE.load_grams.set(250);
//! DRONE.altitude_meters.set(30.2);
//! DRONE.battery_charge_ratio.set(0.85);
//! DRONE.flight_seconds_total.inc_by(Duration::from_millis(1_500));
//! DRONE.pictures_total.inc();
//! DRONE.picture_size_bytes.observe(2_400_000);
//!
//! let text = measurand::Registry::global().to_text();
//! assert!(text.contains("doc_drone_battery_volts 14.8\n"));
//! assert!(text.contains("doc_drone_flight_seconds_total 1.5\n"));
//! assert!(text.contains("doc_drone_picture_size_bytes_sum 2400000\n"));
//! ```
//!
//! How counters and histograms store a unit is its [`Representation`], which bounds can name:
//!
//! ```
//! use measurand::unit::{
//!     Bytes, Celsius, Fractional, Nanoseconds, Representation, Seconds, Unit, Whole,
//! };
//!
//! fn check<U: Unit<Representation = R>, R: Representation>() {}
//!
//! check::<Bytes, Whole>();
//! check::<Seconds, Nanoseconds>();
//! check::<Celsius, Fractional>();
//! ```
//!
//! The list is that of Prometheus's [base units]. A frequency is the rate of a counter, and a power
//! is the rate of a counter of joules, so neither has a unit here.
//!
//! [base units]: https://prometheus.io/docs/practices/naming/#base-units

use std::time::Duration;

use crate::number::Number;

/// The unit of a metric.
///
/// Declare a unit of your own with [`unit!`](crate::unit!), which implements this trait and those
/// for the values that the unit takes.
///
/// ```
/// use measurand::metric::HistogramSnapshot;
/// use measurand::unit::{Celsius, Fractional, Joules, Unit};
/// use measurand::{Counter, Histogram, Metrics};
///
/// /// Shows a counter of any unit.
/// fn show<U: Unit>(counter: &Counter<U>) -> String {
///     let value: U::Value = counter.get();
///     format!("{value:?} {}", U::NAME)
/// }
///
/// /// Returns the mean of observations in any fractional unit.
/// fn mean<U>(observed: &HistogramSnapshot<U>) -> f64
/// where
///     U: Unit<Representation = Fractional, Sum = f64>,
/// {
///     observed.sum() / observed.count() as f64
/// }
///
/// /// The boiler.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_unit", global = BOILER)]
/// struct BoilerMetrics {
///     /// Energy used.
///     used_joules_total: Counter<Joules>,
///     /// Temperatures measured.
///     #[metric(buckets = [0, 60])]
///     water_celsius: Histogram<Celsius>,
/// }
///
/// BOILER.used_joules_total.inc_by(7);
/// assert_eq!(show(&BOILER.used_joules_total), "7.0 joules");
/// BOILER.water_celsius.observe(40);
/// BOILER.water_celsius.observe(41);
/// assert_eq!(mean(&BOILER.water_celsius.snapshot()), 40.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a unit",
    note = "the units are in `measurand::unit`; make one of your own with `measurand::unit!`"
)]
pub trait Unit: Copy + Send + Sync + 'static {
    /// How counters and histograms of this unit are stored.
    type Representation: Representation;
    /// The type of a counter's value.
    type Value: Copy + std::fmt::Debug + PartialEq;
    /// The type of a histogram's sum.
    type Sum: Copy + std::fmt::Debug + PartialEq;
    /// The name of the unit, which names of metrics end with; empty for [`Unitless`].
    const NAME: &'static str;
    /// Converts a stored number to a counter's value.
    #[doc(hidden)]
    fn value(number: Number) -> Self::Value;
    /// Converts a stored number to a histogram's sum.
    #[doc(hidden)]
    fn sum(number: Number) -> Self::Sum;
}

/// How the values of a unit are stored: [`Whole`], [`Nanoseconds`] or [`Fractional`].
///
/// No other type can implement it.
pub trait Representation: sealed::Sealed + Send + Sync + 'static {
    /// Whether cells hold integers; otherwise they hold the bits of an `f64`.
    #[doc(hidden)]
    const INTEGRAL: bool;
    /// How stored values relate to the base unit.
    #[doc(hidden)]
    const SCALE: Scale;
    /// Converts the 128 bits of a sum, of which a float uses the lower 64.
    #[doc(hidden)]
    fn sum(bits: u128) -> Number;
}

/// How stored values relate to the base unit.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The stored value is in the base unit, as an integer.
    Whole,
    /// The stored value is in nanoseconds.
    Nanoseconds,
    /// The stored value is in the base unit, as a float.
    Fractional,
}

impl Scale {
    /// Converts 64 stored bits.
    #[inline]
    pub(crate) fn number(self, bits: u64) -> Number {
        match self {
            Scale::Whole => Number::Whole(u128::from(bits)),
            Scale::Nanoseconds => Number::Nanoseconds(u128::from(bits)),
            Scale::Fractional => Number::Float(f64::from_bits(bits)),
        }
    }

    /// Returns the sum of two stored values.
    #[inline]
    pub(crate) fn plus(self, bits: u64, other: u64) -> u64 {
        match self {
            Scale::Fractional => (f64::from_bits(bits) + f64::from_bits(other)).to_bits(),
            _ => bits.wrapping_add(other),
        }
    }
}

/// Integers in a `u64`. Declared by `whole` in [`unit!`](crate::unit!).
#[derive(Clone, Copy, Debug)]
pub struct Whole;

/// Seconds as nanoseconds in a `u64`; a sum has 128 bits.
#[derive(Clone, Copy, Debug)]
pub struct Nanoseconds;

/// An `f64`. Declared by `fractional` in [`unit!`](crate::unit!).
#[derive(Clone, Copy, Debug)]
pub struct Fractional;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Whole {}
    impl Sealed for super::Nanoseconds {}
    impl Sealed for super::Fractional {}

    pub trait CountsByOnes {}
    impl CountsByOnes for super::Unitless {}

    /// What can be an amount or the value of a gauge, in a unit of this crate or of another one.
    pub trait AmountOrGaugeValue {}

    macro_rules! values {
        ($($value:ty)*) => {
            $(impl AmountOrGaugeValue for $value {})*
        };
    }

    values! {
        std::time::Duration super::Seconds
        f64 f32 u64 u32 u16 u8 usize i64 i32 i16 i8 isize u128 i128
    }
}

impl Representation for Whole {
    const INTEGRAL: bool = true;
    const SCALE: Scale = Scale::Whole;
    fn sum(bits: u128) -> Number {
        Number::Whole(bits)
    }
}

impl Representation for Nanoseconds {
    const INTEGRAL: bool = true;
    const SCALE: Scale = Scale::Nanoseconds;
    fn sum(bits: u128) -> Number {
        Number::Nanoseconds(bits)
    }
}

impl Representation for Fractional {
    const INTEGRAL: bool = false;
    const SCALE: Scale = Scale::Fractional;
    fn sum(bits: u128) -> Number {
        Number::Float(f64::from_bits(bits as u64))
    }
}

/// A value that a counter or a histogram of the unit `U` takes.
///
/// [`Seconds`] only take a [`Duration`] or an explicit [`Seconds::from_f64`], so that nobody has to
/// guess what `observe(12)` means.
///
/// ```
/// use std::time::Duration;
/// use measurand::unit::{Amount, Bytes, Seconds, Unit};
/// use measurand::{Counter, Metrics};
///
/// /// Adds an amount to one of two counters.
/// fn add<U: Unit>(amount: impl Amount<U>, is_read: bool, read: &Counter<U>, written: &Counter<U>) {
///     if is_read { read.inc_by(amount) } else { written.inc_by(amount) }
/// }
///
/// /// The disk.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_amount", global = DISK)]
/// struct DiskMetrics {
///     /// Bytes read.
///     read_bytes_total: Counter<Bytes>,
///     /// Bytes written.
///     written_bytes_total: Counter<Bytes>,
///     /// Time spent reading.
///     read_seconds_total: Counter<Seconds>,
///     /// Time spent writing.
///     write_seconds_total: Counter<Seconds>,
/// }
///
/// add(4_096, true, &DISK.read_bytes_total, &DISK.written_bytes_total);
/// add(Duration::from_millis(2), true, &DISK.read_seconds_total, &DISK.write_seconds_total);
/// assert_eq!(DISK.read_bytes_total.get(), 4_096);
/// assert_eq!(DISK.read_seconds_total.get(), Duration::from_millis(2));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an amount of `{U}`",
    note = "`Seconds` take a `Duration` or `Seconds::from_f64(…)`; `Bytes`, whole units and metrics without a unit take `u64`, so a `usize` is written `x as u64`; all others take any number"
)]
pub trait Amount<U: Unit>: sealed::AmountOrGaugeValue {
    /// Returns the bits to store, or `None` for a value that cannot be stored.
    #[doc(hidden)]
    fn bits(self) -> Option<u64>;
}

/// A value that a gauge of the unit `U` takes.
///
/// ```
/// use measurand::unit::{Celsius, GaugeValue, Unit};
/// use measurand::{Gauge, Metrics};
///
/// /// Sets a gauge of any unit to what a sensor has read, if it has read anything.
/// fn show<U: Unit>(gauge: &Gauge<U>, reading: Option<impl GaugeValue<U>>) {
///     if let Some(value) = reading {
///         gauge.set(value);
///     }
/// }
///
/// /// The weather station.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_station", global = STATION)]
/// struct StationMetrics {
///     /// Temperature of the air.
///     air_celsius: Gauge<Celsius>,
/// }
///
/// show(&STATION.air_celsius, Some(21.5));
/// assert_eq!(STATION.air_celsius.get(), 21.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a gauge of `{U}`",
    note = "`Seconds` take a `Duration` or `Seconds::from_f64(…)`; `Bytes` and whole units take `u64`; all others, and gauges without a unit, take any number"
)]
pub trait GaugeValue<U: Unit>: sealed::AmountOrGaugeValue {
    /// Returns the value in the base unit.
    #[doc(hidden)]
    fn value(self) -> f64;
}

/// A unit that is counted in integers, so that `inc()` is meaningful.
///
/// ```
/// use measurand::unit::Countable;
/// use measurand::{Counter, Metrics};
///
/// /// Counts an item if it is new.
/// fn count_new<U: Countable>(items: &Counter<U>, is_new: bool) {
///     if is_new {
///         items.inc();
///     }
/// }
///
/// measurand::unit!(/** Printed pages. */ pub Pages = "pages", whole);
///
/// /// The printer.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_countable", global = PRINTER)]
/// struct PrinterMetrics {
///     /// Pages printed.
///     printed_pages_total: Counter<Pages>,
/// }
///
/// count_new(&PRINTER.printed_pages_total, true);
/// assert_eq!(PRINTER.printed_pages_total.get(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`inc` counts whole things, and `{Self}` is not counted in whole numbers",
    label = "write `inc_by` with an amount of `{Self}`"
)]
pub trait Countable: Unit<Representation = Whole> {}

/// The unit of a gauge that is counted by ones: [`Unitless`].
///
/// ```
/// use measurand::unit::CountedByOnes;
/// use measurand::{Gauge, Metrics};
///
/// /// Counts a guest who comes or leaves.
/// fn pass<U: CountedByOnes>(guests: &Gauge<U>, is_leaving: bool) {
///     if is_leaving { guests.dec() } else { guests.inc() }
/// }
///
/// /// The hall.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_counted_by_ones", global = HALL)]
/// struct HallMetrics {
///     /// Guests in the hall.
///     guests: Gauge,
/// }
///
/// pass(&HALL.guests, false);
/// assert_eq!(HALL.guests.get(), 1.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`inc` and `dec` count by ones, and a gauge of `{Self}` has amounts",
    label = "write `add(amount)` or `sub(amount)`"
)]
pub trait CountedByOnes: Unit + sealed::CountsByOnes {}

impl CountedByOnes for Unitless {}

/// Declares a unit of your own.
///
/// The string is the word that names of metrics end with. The word after it tells how counters and
/// histograms store the unit: `whole` takes `u64`, `fractional` takes any number.
///
/// ```
/// use measurand::{Counter, Metrics};
///
/// measurand::unit!(/** Printed pages. */ pub Pages = "pages", whole);
///
/// /// What the printer did.
/// #[derive(Metrics)]
/// #[metrics(namespace = "printer")]
/// struct Printer {
///     /// Pages printed.
///     printed_pages_total: Counter<Pages>,
/// }
///
/// Printer::global().printed_pages_total.inc_by(3);
/// assert_eq!(Printer::global().printed_pages_total.get(), 3);
/// ```
///
/// The string is checked like any part of a metric's name, and must not be a word that already
/// means something else:
///
/// ```compile_fail
/// measurand::unit!(pub Millis = "milliseconds", whole);
/// ```
#[macro_export]
macro_rules! unit {
    ($(#[$meta:meta])* $vis:vis $name:ident = $word:literal, $stored:ident $(,)?) => {
        const _: () = $crate::__private_0_1::check_unit($word);
        $crate::__unit!(@$stored [] [$(#[$meta])*] [$vis] $name $word);
    };
    ($(#[$meta:meta])* $vis:vis $name:ident = $word:literal $(,)?) => {
        ::core::compile_error!(::core::concat!(
            "unit `",
            ::core::stringify!($name),
            "` does not say how it is stored\nhelp: write `unit!(",
            ::core::stringify!($vis $name = $word),
            ", whole)` for what is counted, or `fractional` for what is measured"
        ));
    };
    ($(#[$meta:meta])* $vis:vis $name:ident = $word:expr, $stored:ident $(,)?) => {
        ::core::compile_error!(::core::concat!(
            "the word for unit `",
            ::core::stringify!($name),
            "` is not a string literal\nhelp: write `unit!(",
            ::core::stringify!($vis $name),
            " = \"pages\", ",
            ::core::stringify!($stored),
            ")`, with the word that names end with"
        ));
    };
    ($($given:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`unit!(",
            ::core::stringify!($($given)*),
            ")` does not declare a unit\nhelp: write `unit!(pub Pages = \"pages\", whole)` for what is counted, or `fractional` for what is measured"
        ));
    };
}

/// The expansion of [`unit!`](crate::unit!). Within this crate, each impl also gets an attribute
/// that hides it from compile errors. Elsewhere it does not, since a user may have a module called
/// `diagnostic`.
#[doc(hidden)]
#[macro_export]
macro_rules! __unit {
    (@whole [$(#[$attr:meta])*] [$($meta:tt)*] [$vis:vis] $name:ident $word:literal) => {
        $crate::__unit!(@declare [$($meta)*] [$vis] $name $word Whole u64 u128);
        impl $crate::unit::Countable for $name {}
        $(#[$attr])*
        impl $crate::unit::Amount<$name> for ::core::primitive::u64 {
            fn bits(self) -> ::core::option::Option<::core::primitive::u64> {
                ::core::option::Option::Some(self)
            }
        }
        $crate::__unit!(@gauges [$(#[$attr])*] $name: u64);
    };
    (@fractional $attr:tt [$($meta:tt)*] [$vis:vis] $name:ident $word:literal) => {
        $crate::__unit!(@declare [$($meta)*] [$vis] $name $word Fractional f64 f64);
        $crate::__unit!(@amounts $attr $name: f64 f32 u64 u32 u16 u8 usize i64 i32 i16 i8 isize);
        $crate::__unit!(@gauges $attr $name: f64 f32 u64 u32 u16 u8 usize i64 i32 i16 i8 isize);
    };
    (@$stored:ident [] [$($meta:tt)*] [$vis:vis] $name:ident $word:literal) => {
        ::core::compile_error!(
            "a unit is stored as `whole` numbers or as `fractional` ones\nhelp: write `unit!(pub Pages = \"pages\", whole)`"
        );
    };
    (@declare [$($meta:tt)*] [$vis:vis] $name:ident $word:literal $stored:ident $value:ident $sum:ident) => {
        $($meta)*
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        $vis struct $name;
        impl $crate::unit::Unit for $name {
            type Representation = $crate::unit::$stored;
            type Value = ::core::primitive::$value;
            type Sum = ::core::primitive::$sum;
            const NAME: &'static ::core::primitive::str = $word;
            fn value(number: $crate::Number) -> ::core::primitive::$value {
                $crate::unit::$stored::value_of(number)
            }
            fn sum(number: $crate::Number) -> ::core::primitive::$sum {
                $crate::unit::$stored::sum_of(number)
            }
        }
    };
    (@amounts $attr:tt $name:ident: $($number:ident)*) => {
        $($crate::__unit!(@amount $attr $name $number);)*
    };
    (@amount [$(#[$attr:meta])*] $name:ident $number:ident) => {
        $(#[$attr])*
        impl $crate::unit::Amount<$name> for ::core::primitive::$number {
            fn bits(self) -> ::core::option::Option<::core::primitive::u64> {
                ::core::option::Option::Some($crate::unit::Numeric::to_f64(self).to_bits())
            }
        }
    };
    (@gauges $attr:tt $name:ident: $($number:ident)*) => {
        $($crate::__unit!(@gauge $attr $name $number);)*
    };
    (@gauge [$(#[$attr:meta])*] $name:ident $number:ident) => {
        $(#[$attr])*
        impl $crate::unit::GaugeValue<$name> for ::core::primitive::$number {
            fn value(self) -> ::core::primitive::f64 {
                $crate::unit::Numeric::to_f64(self)
            }
        }
    };
}

/// Rust's number types, as taken by gauges and fractional units.
#[doc(hidden)]
pub trait Numeric {
    /// Returns the nearest `f64`.
    fn to_f64(self) -> f64;
}

macro_rules! numeric {
    ($($number:ident)*) => {$(
        impl Numeric for $number {
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}
numeric!(f64 f32 u64 u32 u16 u8 usize i64 i32 i16 i8 isize);

impl Whole {
    /// Converts the value of a counter.
    #[doc(hidden)]
    pub fn value_of(number: Number) -> u64 {
        Self::sum_of(number) as u64
    }

    /// Converts the sum of a histogram.
    #[doc(hidden)]
    pub fn sum_of(number: Number) -> u128 {
        match number {
            Number::Whole(value) | Number::Nanoseconds(value) => value,
            Number::Float(value) => value as u128,
        }
    }
}

impl Fractional {
    /// Converts the value of a counter.
    #[doc(hidden)]
    pub fn value_of(number: Number) -> f64 {
        number.as_f64()
    }

    /// Converts the sum of a histogram.
    #[doc(hidden)]
    pub fn sum_of(number: Number) -> f64 {
        number.as_f64()
    }
}

impl Countable for Unitless {}

/// No unit: a plain count, as in `Counter` without a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Unitless;

impl Unit for Unitless {
    type Representation = Whole;
    type Value = u64;
    type Sum = u128;
    const NAME: &'static str = "";
    fn value(number: Number) -> u64 {
        Whole::value_of(number)
    }
    fn sum(number: Number) -> u128 {
        Whole::sum_of(number)
    }
}

#[diagnostic::do_not_recommend]
impl Amount<Unitless> for u64 {
    fn bits(self) -> Option<u64> {
        Some(self)
    }
}

__unit!(@gauges [#[diagnostic::do_not_recommend]] Unitless: f64 f32 u64 u32 u16 u8 usize i64 i32 i16 i8 isize);

/// The unit of time. As a value, it wraps a number of seconds given as a float.
///
/// ```
/// use measurand::unit::Seconds;
/// # use measurand::{Histogram, Metrics};
/// # /// Timing.
/// # #[derive(Metrics)]
/// # #[metrics(namespace = "doc_seconds")]
/// # struct M {
/// #     /// Time to answer.
/// #     answer_duration_seconds: Histogram<Seconds>,
/// # }
/// # let duration = &M::global().answer_duration_seconds;
/// duration.observe(Seconds::from_f64(0.25));
/// duration.observe(Seconds::from_f64(f64::NAN)); // dropped, and counted as rejected
/// assert_eq!(duration.snapshot().count(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seconds(f64);

impl Seconds {
    /// Wraps a number of seconds, which is rounded to whole nanoseconds when it is counted.
    ///
    /// Counters and histograms drop NaN, negative values, and values of 2^64 nanoseconds (584
    /// years) or more, and count them in `measurand_rejected_values_total`. Gauges take any value.
    pub const fn from_f64(seconds: f64) -> Seconds {
        Seconds(seconds)
    }
}

impl Unit for Seconds {
    type Representation = Nanoseconds;
    type Value = Duration;
    type Sum = Duration;
    const NAME: &'static str = "seconds";
    fn value(number: Number) -> Duration {
        Self::sum(number)
    }
    fn sum(number: Number) -> Duration {
        match number {
            Number::Whole(nanos) | Number::Nanoseconds(nanos) => {
                let seconds = u64::try_from(nanos / 1_000_000_000);
                seconds.map_or(Duration::MAX, |seconds| {
                    Duration::new(seconds, (nanos % 1_000_000_000) as u32)
                })
            }
            Number::Float(seconds) => Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
        }
    }
}

#[diagnostic::do_not_recommend]
impl Amount<Seconds> for Duration {
    #[inline]
    fn bits(self) -> Option<u64> {
        self.as_secs().checked_mul(1_000_000_000)?.checked_add(u64::from(self.subsec_nanos()))
    }
}

#[diagnostic::do_not_recommend]
impl Amount<Seconds> for Seconds {
    fn bits(self) -> Option<u64> {
        let nanos = (self.0 * 1e9).round();
        // The limit is 2^64 as a float. NaN is in no range.
        (0.0..18_446_744_073_709_551_616.0).contains(&nanos).then_some(nanos as u64)
    }
}

#[diagnostic::do_not_recommend]
impl GaugeValue<Seconds> for Duration {
    fn value(self) -> f64 {
        self.as_secs_f64()
    }
}

#[diagnostic::do_not_recommend]
impl GaugeValue<Seconds> for Seconds {
    fn value(self) -> f64 {
        self.0
    }
}

/// Declares the units of this crate.
macro_rules! units {
    ($($(#[$meta:meta])* $name:ident = $word:literal, $stored:ident;)*) => {$(
        __unit!(@$stored [#[diagnostic::do_not_recommend]] [$(#[$meta])*] [pub] $name $word);
    )*};
}

units! {
    /// Bytes, never bits or kilobytes.
    Bytes = "bytes", whole;
    /// A part of a whole, from 0 to 1; use it instead of percentages.
    Ratio = "ratio", fractional;
    /// Temperature in degrees Celsius.
    Celsius = "celsius", fractional;
    /// Absolute temperature, or a difference of temperatures.
    Kelvin = "kelvin", fractional;
    /// Length.
    Meters = "meters", fractional;
    /// Electric voltage.
    Volts = "volts", fractional;
    /// Electric current.
    Amperes = "amperes", fractional;
    /// Energy; its rate is the power in watts.
    Joules = "joules", fractional;
    /// Mass.
    Grams = "grams", fractional;
}
