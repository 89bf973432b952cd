//! Numbers in text.

use crate::number::Number;

/// Adds a number as Prometheus reads it, integers without a point.
#[inline(always)]
pub(super) fn push_number(text: &mut String, number: Number) {
    match number {
        Number::Whole(value) => push_integer(text, value),
        Number::Nanoseconds(nanos) => push_seconds(text, nanos),
        Number::Float(value) => push_float(text, value),
    }
}

#[inline(always)]
fn push_integer(text: &mut String, value: u128) {
    match u64::try_from(value) {
        Ok(value) => push_count(text, value),
        Err(_) => push_large(text, value),
    }
}

#[cold]
fn push_large(text: &mut String, value: u128) {
    text.push_str(itoa::Buffer::new().format(value));
}

#[inline(always)]
pub(super) fn push_count(text: &mut String, value: u64) {
    text.push_str(itoa::Buffer::new().format(value));
}

/// Nanoseconds as seconds, every digit that counts and no other.
#[inline(never)]
fn push_seconds(text: &mut String, nanos: u128) {
    push_integer(text, nanos / 1_000_000_000);
    let part = (nanos % 1_000_000_000) as u32;
    if part == 0 {
        return;
    }
    // A one in front keeps the zeros, and is cut off.
    let mut buffer = itoa::Buffer::new();
    let digits = &buffer.format(1_000_000_000 + part)[1..];
    text.push('.');
    text.push_str(digits.trim_end_matches('0'));
}

/// The shortest decimal that reads back the same.
#[inline(never)]
pub(super) fn push_float(text: &mut String, value: f64) {
    if value.is_nan() {
        text.push_str("NaN");
    } else if value.is_infinite() {
        text.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    } else if value == value.trunc() && value.abs() < 1e15 {
        // -0.0 is 0.
        text.push_str(itoa::Buffer::new().format(value as i64));
    } else {
        text.push_str(zmij::Buffer::new().format_finite(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: Number, expected: &str) {
        let mut text = String::new();
        push_number(&mut text, number);
        assert_eq!(text, expected);
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
    fn a_float_reads_back_the_same() {
        for value in [1e15, 1e300, 5e-324, f64::MAX, 1.0 / 3.0, 123_456_789.123, -1e-7, 1e21] {
            let mut text = String::new();
            push_float(&mut text, value);
            assert_eq!(text.parse::<f64>(), Ok(value), "{text}");
        }
    }
}
