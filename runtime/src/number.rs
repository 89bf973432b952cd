//! Values as they are stored: integers stay integers until they are printed.

use std::time::Duration;

/// A value that a gather passes to a [`Sink`](crate::registry::Sink).
///
/// Times are counted in whole nanoseconds, and bytes are integers, so a sink can print both without
/// rounding. Only units that are fractional by nature are floats.
///
/// ```
/// use std::time::Duration;
/// use measurand::Number;
///
/// assert_eq!(Number::from(12_u64), Number::Whole(12));
/// assert_eq!(Number::from(Duration::from_micros(2)), Number::Nanoseconds(2_000));
/// assert_eq!(Number::from(-1), Number::Float(-1.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Number {
    /// A number of things or of bytes.
    Whole(u128),
    /// A time in nanoseconds, which is exposed in seconds.
    Nanoseconds(u128),
    /// Anything else.
    Float(f64),
}

impl Number {
    /// Returns the value as a float in the base unit, so that nanoseconds become seconds.
    ///
    /// Above 2^53, the result is the nearest `f64`.
    ///
    /// ```
    /// use measurand::Number;
    /// assert_eq!(Number::Nanoseconds(1_500_000_000).as_f64(), 1.5);
    /// ```
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Whole(value) => value as f64,
            Number::Nanoseconds(value) => value as f64 / 1e9,
            Number::Float(value) => value,
        }
    }

    /// Returns the sum. Integers wrap, like the cells they come from.
    pub(crate) fn plus(self, other: Number) -> Number {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) => Number::Whole(a.wrapping_add(b)),
            (Number::Nanoseconds(a), Number::Nanoseconds(b)) => {
                Number::Nanoseconds(a.wrapping_add(b))
            }
            (a, b) => Number::Float(a.as_f64() + b.as_f64()),
        }
    }
}

macro_rules! from {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Number {
            fn from(value: $integer) -> Number {
                match u128::try_from(value) {
                    Ok(value) => Number::Whole(value),
                    // The value is negative.
                    Err(_) => Number::Float(value as f64),
                }
            }
        }
    )*};
}
from!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl From<f64> for Number {
    fn from(value: f64) -> Number {
        Number::Float(value)
    }
}

impl From<f32> for Number {
    fn from(value: f32) -> Number {
        Number::Float(value.into())
    }
}

impl From<Duration> for Number {
    fn from(time: Duration) -> Number {
        Number::Nanoseconds(time.as_nanos())
    }
}
