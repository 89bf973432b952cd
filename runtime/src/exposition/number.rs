//! Numbers as text.

use crate::number::Number;

/// The greatest length of a number of 64 bits as text, such as that of the smallest float.
pub(super) const LONGEST: usize = 24;

/// The greatest length of a number of 128 bits as text.
pub(super) const LONGEST_WIDE: usize = 41;

/// Appends a number as Prometheus parses it, integers without a decimal point.
#[inline(always)]
pub(super) fn push_number(text: &mut Vec<u8>, number: Number) {
    match number {
        Number::Whole(value) => push_integer(text, value),
        Number::Nanoseconds(nanos) => push_seconds(text, nanos),
        Number::Float(value) => push_float(text, value),
    }
}

#[inline(always)]
fn push_integer(text: &mut Vec<u8>, value: u128) {
    match u64::try_from(value) {
        Ok(value) => push_count(text, value),
        Err(_) => push_large(text, value),
    }
}

#[cold]
fn push_large(text: &mut Vec<u8>, value: u128) {
    text.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[inline(always)]
pub(super) fn push_count(text: &mut Vec<u8>, value: u64) {
    text.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends nanoseconds as seconds, exactly and without trailing zeros.
#[inline(never)]
fn push_seconds(text: &mut Vec<u8>, nanos: u128) {
    push_integer(text, nanos / 1_000_000_000);
    let part = (nanos % 1_000_000_000) as u32;
    if part == 0 {
        return;
    }
    // The leading 1 keeps the zeros after it, and is cut off.
    let mut buffer = itoa::Buffer::new();
    let digits = &buffer.format(1_000_000_000 + part)[1..];
    text.push(b'.');
    text.extend_from_slice(digits.trim_end_matches('0').as_bytes());
}

/// Appends the shortest decimal number that parses to the same value.
#[inline(never)]
pub(super) fn push_float(text: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        text.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        text.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else if value == value.trunc() && value.abs() < 1e15 {
        // -0.0 is 0.
        text.extend_from_slice(itoa::Buffer::new().format(value as i64).as_bytes());
    } else {
        text.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: Number, expected: &str) {
        let mut text = Vec::new();
        push_number(&mut text, number);
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn numbers_are_exact() {
        check(Number::Whole(0), "0");
        check(Number::Whole(u64::MAX.into()), "18446744073709551615");
        check(Number::Whole(u128::MAX), "340282366920938463463374607431768211455");
        check(Number::Nanoseconds(0), "0");
        check(Number::Nanoseconds(1), "0.000000001");
        check(Number::Nanoseconds(10_000_000), "0.01");
        check(Number::Nanoseconds(1_500_000_000), "1.5");
        check(Number::Nanoseconds(120_000_000_000), "120");
        check(Number::Float(0.0), "0");
        check(Number::Float(-0.0), "0");
        check(Number::Float(-12.0), "-12");
        check(Number::Float(0.1), "0.1");
        check(Number::Float(-2.5), "-2.5");
        check(Number::Float(f64::NAN), "NaN");
        check(Number::Float(f64::INFINITY), "+Inf");
        check(Number::Float(f64::NEG_INFINITY), "-Inf");
    }

    #[test]
    fn no_number_is_longer_than_the_longest() {
        let len = |number| {
            let mut text = Vec::new();
            push_number(&mut text, number);
            text.len()
        };
        let max = u64::MAX.into();
        for number in [Number::Whole(max), Number::Nanoseconds(max)] {
            assert!(len(number) <= LONGEST);
        }
        for float in [f64::MIN, -f64::MIN_POSITIVE, -f64::EPSILON, -1.0 / 3.0, f64::NEG_INFINITY] {
            assert!(len(Number::Float(float)) <= LONGEST);
        }
        for number in [Number::Whole(u128::MAX), Number::Nanoseconds(u128::MAX)] {
            assert!(len(number) <= LONGEST_WIDE);
        }
    }

    #[test]
    fn a_float_reads_back_the_same() {
        for value in [1e15, 1e300, 5e-324, f64::MAX, 1.0 / 3.0, 123_456_789.123, -1e-7, 1e21] {
            let mut text = Vec::new();
            push_float(&mut text, value);
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text.parse::<f64>(), Ok(value), "{text}");
        }
    }
}
