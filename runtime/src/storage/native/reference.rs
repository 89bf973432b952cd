//! A native histogram as the specification describes it, slow and for one thread: it keeps every
//! value, and counts all of them again whenever something changes. It shares only the options with
//! the implementation that is compared to it.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use super::options::{CEILING, NativeOptions};

/// The bucket of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Where {
    Zero,
    Nan,
    Positive(i32),
    Negative(i32),
}

#[derive(Debug)]
pub(super) struct Reference {
    pub(super) options: NativeOptions,
    pub(super) schema: i8,
    pub(super) zero_threshold: f64,
    /// The values, each with its classic bucket.
    pub(super) values: Vec<(f64, usize)>,
    pub(super) counts: BTreeMap<(Where, usize), u64>,
    pub(super) started: Duration,
    is_limited: bool,
}

impl Reference {
    pub(super) fn new(options: NativeOptions, now: Duration) -> Reference {
        Reference {
            options,
            schema: options.schema,
            zero_threshold: options.zero_threshold,
            values: Vec::new(),
            counts: BTreeMap::new(),
            started: now,
            is_limited: false,
        }
    }

    pub(super) fn observe(&mut self, value: f64, classic: usize, now: Duration) {
        let key = (place(self.schema, self.zero_threshold, value), classic);
        if !self.counts.contains_key(&key) && self.is_limited && self.may_reset(now) {
            *self = Reference::new(self.options, now);
        }
        self.values.push((value, classic));
        let key = (place(self.schema, self.zero_threshold, value), classic);
        let is_new = !self.counts.contains_key(&key);
        *self.counts.entry(key).or_default() += 1;
        let is_bucket = matches!(key.0, Where::Positive(_) | Where::Negative(_));
        let is_alone = self.counts.keys().filter(|(place, _)| *place == key.0).count() == 1;
        if !(is_new && is_bucket && is_alone && self.buckets().len() > self.limit()) {
            return;
        }
        if self.may_reset(now) {
            *self = Reference::new(self.options, now);
            return self.observe(value, classic, now);
        }
        self.is_limited = true;
        while self.buckets().len() > self.limit() {
            let nearest = self.buckets().into_iter().filter_map(|place| match place {
                Where::Positive(index) | Where::Negative(index) => Some(index),
                _ => None,
            });
            let end = nearest.min().map_or(f64::INFINITY, |index| end_of(self.schema, index));
            if end <= self.options.max_zero_threshold && end < f64::INFINITY {
                self.zero_threshold = end;
            } else if self.schema > -4 {
                self.schema -= 1;
            } else {
                return;
            }
            self.counts = counted(self.schema, self.zero_threshold, &self.values);
        }
    }

    /// Resets the histogram if it is due, as a gather does.
    pub(super) fn look(&mut self, now: Duration) {
        if self.is_limited && self.may_reset(now) {
            *self = Reference::new(self.options, now);
        }
    }

    fn may_reset(&self, now: Duration) -> bool {
        self.options.min_reset > Duration::ZERO && now - self.started >= self.options.min_reset
    }

    fn limit(&self) -> usize {
        match self.options.max_buckets as usize {
            0 => CEILING,
            max => max,
        }
    }

    fn buckets(&self) -> Vec<Where> {
        let mut buckets: Vec<_> = self.counts.keys().map(|(place, _)| *place).collect();
        buckets.dedup();
        buckets.retain(|place| matches!(place, Where::Positive(_) | Where::Negative(_)));
        buckets
    }
}

/// Counts all values by bucket.
pub(super) fn counted(
    schema: i8,
    zero_threshold: f64,
    values: &[(f64, usize)],
) -> BTreeMap<(Where, usize), u64> {
    let mut counts = BTreeMap::new();
    for (value, classic) in values {
        *counts.entry((place(schema, zero_threshold, *value), *classic)).or_default() += 1;
    }
    counts
}

fn place(schema: i8, zero_threshold: f64, value: f64) -> Where {
    if value.is_nan() {
        Where::Nan
    } else if value.abs() <= zero_threshold {
        Where::Zero
    } else if value > 0.0 {
        Where::Positive(index_of(schema, value))
    } else {
        Where::Negative(index_of(schema, -value))
    }
}

/// Returns the bucket of a positive value. The bounds are the floats nearest to the powers of
/// 2^(2^-schema), and a bucket includes its upper bound.
pub(super) fn index_of(schema: i8, value: f64) -> i32 {
    if value == f64::INFINITY {
        return index_of(schema, f64::MAX) + 1;
    }
    // The value scaled to above 0.5 and at most 1, and how often it was halved for that.
    let (mut value, mut halved) = (value, 0i32);
    for (factor, by) in [(2f64.powi(64), 64), (2.0, 1)] {
        while value > factor {
            (value, halved) = (value / factor, halved + by);
        }
        while value <= 1.0 / factor {
            (value, halved) = (value * factor, halved - by);
        }
    }
    if value > 1.0 {
        (value, halved) = (value / 2.0, halved + 1);
    }
    if schema <= 0 {
        // Each bucket spans this many powers of two.
        let powers = 1i32 << -schema;
        return (halved + powers - 1).div_euclid(powers);
    }
    let bounds = &bounds()[schema as usize];
    let inside = bounds.partition_point(|bound| *bound < value) as i32;
    (halved - 1) * bounds.len() as i32 + inside + 1
}

/// Returns the largest float in a bucket.
fn end_of(schema: i8, index: i32) -> f64 {
    let (mut within, mut above) = (0, f64::INFINITY.to_bits() + 1);
    while above - within > 1 {
        let middle = within + (above - within) / 2;
        match index_of(schema, f64::from_bits(middle)) <= index {
            true => within = middle,
            false => above = middle,
        }
    }
    f64::from_bits(within)
}

/// Returns, for each schema from 0 to 8, the bounds above 0.5 and up to 1.
pub(super) fn bounds() -> &'static [Vec<f64>; 9] {
    static BOUNDS: OnceLock<[Vec<f64>; 9]> = OnceLock::new();
    BOUNDS.get_or_init(|| {
        std::array::from_fn(|schema| (1..=1 << schema).map(|i| power(i, schema as u32)).collect())
    })
}

/// Returns the float nearest to half of 2^(`i` / 2^`root`), in integer arithmetic: the midpoints
/// between it and its neighbours, raised to 2^`root`, lie below and above 2^`i`.
fn power(i: u64, root: u32) -> f64 {
    if i == 1 << root {
        return 1.0;
    }
    // The power in units of 2^-52. The guess is verified below.
    let guess = ((i as f64 / f64::from(1u32 << root)).exp2() * 2f64.powi(52)) as u64;
    let is_above = |half_units: u64| {
        let mut power = vec![half_units as u32, (half_units >> 32) as u32];
        for _ in 0..root {
            power = square(&power);
        }
        // Compared with 2^i in the same units.
        let bits = i + (53 << root);
        let top = power.iter().rposition(|limb| *limb != 0).unwrap();
        let len = 32 * top as u64 + u64::from(power[top].ilog2());
        // They cannot be equal: the root is irrational.
        len >= bits
    };
    let is_nearest = |it: &u64| !is_above(2 * it - 1) && is_above(2 * it + 1);
    let nearest = (guess - 4..guess + 4).find(is_nearest).expect("the guess is near");
    nearest as f64 / 2f64.powi(53)
}

fn square(number: &[u32]) -> Vec<u32> {
    let mut product = vec![0; 2 * number.len()];
    for (i, a) in number.iter().enumerate() {
        let mut carry = 0;
        for (j, b) in number.iter().enumerate() {
            let sum = u64::from(*a) * u64::from(*b) + u64::from(product[i + j]) + carry;
            product[i + j] = sum as u32;
            carry = sum >> 32;
        }
        product[i + number.len()] = carry as u32;
    }
    product
}
