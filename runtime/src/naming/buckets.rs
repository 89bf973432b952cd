//! Rules for histogram buckets.

use super::{Message, Rule, Rules, Text};
use crate::unit::Scale;

/// The largest number of buckets that needs no waiver, since each is a series.
pub(crate) const MAX_USUAL_BUCKETS: usize = 40;

/// Returns the bits of the bound in a cell of this scale, rounded to what it can store.
pub(crate) const fn bound_bits(bound: f64, scale: Scale) -> u64 {
    match scale {
        Scale::Whole => round(bound),
        Scale::Nanoseconds => round(bound * 1e9),
        // Turns -0.0 into 0.0, since they are the same bound.
        Scale::Fractional => (bound + 0.0).to_bits(),
    }
}

const fn round(value: f64) -> u64 {
    // The cast truncates, and turns negative values into 0.
    let below = value as u64;
    if value - below as f64 >= 0.5 { below.saturating_add(1) } else { below }
}

/// Returns the nearest bound that a cell of this scale can store.
pub(crate) const fn rounded_bound(bound: f64, scale: Scale) -> f64 {
    let bits = bound_bits(bound, scale);
    match scale {
        Scale::Whole => bits as f64,
        // A literal and this quotient are both the float nearest to the same decimal.
        Scale::Nanoseconds => bits as f64 / 1e9,
        Scale::Fractional => {
            // 0.1 + 0.2 is meant to be 0.3.
            let decimal =
                if bound < 0.0 { -(round(-bound * 1e9) as f64) } else { round(bound * 1e9) as f64 };
            let gap = decimal / 1e9 - bound;
            if gap.abs() < bound.abs() * 1e-12 { decimal / 1e9 } else { bound }
        }
    }
}

/// Stops the compilation unless `bounds` can be the buckets of a histogram.
///
/// `literal` bounds must be exact in what the unit stores; those of a progression are rounded.
///
/// # Panics
///
/// Panics if there are no bounds, if one is not finite, cannot be stored, or is not above the one
/// before it, or if there are more than 40 and that is not waived.
#[track_caller]
pub(crate) const fn check_buckets(bounds: &[f64], scale: Scale, literal: bool, waived: Rules) {
    let problem = bounds_problem(bounds, scale, literal);
    if !problem.is_empty() {
        panic!("{}", problem.as_str());
    }
    if bounds.len() > MAX_USUAL_BUCKETS && !waived.contains(Rule::BucketCount) {
        let mut text = Message::new();
        explain_bucket_count(&mut text, bounds.len());
        text.push(", or `#[metric(expect(bucket_count, reason = \"…\"))]`");
        panic!("{}", text.as_str());
    }
}

/// Returns why there are too many buckets, if there are.
pub(crate) fn bucket_count_problem(count: usize) -> Option<String> {
    let mut text = Text::new();
    (count > MAX_USUAL_BUCKETS).then(|| {
        explain_bucket_count(&mut text, count);
        text.as_str().to_owned()
    })
}

const fn explain_bucket_count(text: &mut Message, count: usize) {
    text.push_number(count);
    text.push(" buckets are ");
    text.push_number(count + 3);
    text.push(" series for each histogram, and more than 40 are rarely worth it\nhelp: use fewer");
}

/// Returns why a histogram cannot have these bounds; empty if it can.
pub(crate) const fn bounds_problem(bounds: &[f64], scale: Scale, literal: bool) -> Message {
    let mut text = Message::new();
    if bounds.is_empty() {
        text.push("a histogram needs at least one bucket besides `+Inf`\nhelp: name its upper bound, such as `buckets = [1]`");
    }
    let mut i = 0;
    while i < bounds.len() {
        let bound = bounds[i];
        if bound.is_nan() {
            text.push("bucket ");
            text.push_number(i + 1);
            text.push(" is NaN, which nothing is below\nhelp: remove it");
        } else if bound.is_infinite() {
            text.push("bucket ");
            text.push_number(i + 1);
            text.push(" is infinite\nhelp: remove it: the bucket `+Inf` is always there, and nothing is below `-Inf`");
        } else if bound < 0.0 && !matches!(scale, Scale::Fractional) {
            text.push("bucket `");
            push_bound(&mut text, bound);
            text.push("` is negative, and this unit has no negative amounts\nhelp: remove it");
        } else if bound * 1e9 > u64::MAX as f64 && matches!(scale, Scale::Nanoseconds)
            || bound > u64::MAX as f64 && matches!(scale, Scale::Whole)
        {
            text.push("bucket `");
            push_bound(&mut text, bound);
            text.push_all(&[
                "` is larger than the largest amount that is stored\nhelp: ",
                if literal { "remove it" } else { "make fewer buckets, or narrower ones" },
            ]);
        } else if literal
            && !matches!(scale, Scale::Fractional)
            && rounded_bound(bound, scale) != bound
        {
            text.push("bucket `");
            push_bound(&mut text, bound);
            text.push(match scale {
                Scale::Nanoseconds => "` is not a whole number of nanoseconds, which seconds are stored in\nhelp: round it to nine decimals",
                _ => "` is not a whole number, which this unit is counted in\nhelp: round it",
            });
        } else if i > 0 && !is_above(bound, bounds[i - 1], scale) {
            explain_order(&mut text, bounds[i - 1], bound, scale, literal);
        }
        if !text.is_empty() {
            return text;
        }
        i += 1;
    }
    text
}

/// The first whole number after which not all of them are floats.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes why a bound cannot come after the one before it.
const fn explain_order(text: &mut Message, before: f64, bound: f64, scale: Scale, literal: bool) {
    let is_one = bound >= before && !is_above(bound, before, scale);
    if is_one && !literal {
        text.push("two buckets become one when they are rounded to what the unit stores: `");
        push_bound(text, bound);
        text.push("` comes twice\nhelp: make fewer buckets, or wider ones");
        return;
    }
    if is_one && bound >= MAX_EXACT {
        text.push("two buckets are one: numbers as large as `");
        push_bound(text, bound);
        text.push("` are told apart by their first 15 digits only\nhelp: remove one, or write a bound that is further away");
        return;
    }
    text.push("histogram buckets must be strictly increasing: `");
    push_bound(text, bound);
    text.push("` comes after `");
    push_bound(text, before);
    text.push(if bound > before {
        "`, and both are stored as the same number\nhelp: use fewer or wider buckets"
    } else {
        "`\nhelp: write the bounds in rising order, each once"
    });
}

const fn is_above(bound: f64, before: f64, scale: Scale) -> bool {
    match scale {
        Scale::Fractional => bound > before,
        _ => bound > before && bound_bits(bound, scale) > bound_bits(before, scale),
    }
}

/// Writes a bound in decimal notation, as close to the written one as the digits allow.
const fn push_bound<const N: usize>(text: &mut Text<N>, bound: f64) {
    let mut value = bound;
    if value < 0.0 {
        text.push("-");
        value = -value;
    }
    // Scientific notation is for what six digits cannot show.
    let mut exponent: i32 = 0;
    if value >= 1e15 {
        while value >= 10.0 {
            value /= 10.0;
            exponent += 1;
        }
    } else if value > 0.0 && value < 1e-4 {
        while value < 1.0 {
            value *= 10.0;
            exponent -= 1;
        }
    }
    let (mut whole, mut part, mut digits) = (value as u64, 0u64, 0);
    let mut best = value - whole as f64;
    let mut scale = 1.0;
    while digits < 9 && best > 0.0 {
        digits += 1;
        scale *= 10.0;
        part = round((value - whole as f64) * scale);
        let gap = (value - whole as f64) - part as f64 / scale;
        best = if gap.abs() < 1e-12 * (1.0 + value) { 0.0 } else { gap.abs() };
    }
    if part as f64 == scale {
        whole += 1;
        part = 0;
    }
    text.push_number(whole as usize);
    if part > 0 || exponent == 0 {
        text.push(".");
        // `1` is written as `1.0`.
        let mut power = if scale > 1.0 { scale as u64 / 10 } else { 1 };
        while power > 0 {
            text.push_ascii(b'0' + (part / power % 10) as u8);
            power /= 10;
        }
    }
    if exponent != 0 {
        text.push("e");
        if exponent < 0 {
            text.push("-");
        }
        text.push_number(exponent.unsigned_abs() as usize);
    }
}

/// The default bounds of client_golang, in seconds.
pub(crate) const DEFAULT_BUCKETS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The default bounds in nanoseconds.
pub(crate) const DEFAULT_STORED: &[u64] =
    &stored_bounds::<{ DEFAULT_BUCKETS.len() }>(DEFAULT_BUCKETS, Scale::Nanoseconds);

/// Returns the bounds as a unit of this scale stores them.
pub(crate) const fn stored_bounds<const N: usize>(bounds: &[f64], scale: Scale) -> [u64; N] {
    let mut stored = [0; N];
    let mut i = 0;
    while i < N {
        stored[i] = bound_bits(bounds[i], scale);
        i += 1;
    }
    stored
}
