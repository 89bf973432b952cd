//! The buckets of exponential histograms, which have no gaps, from native buckets.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#native-histograms>

use crate::read::NativeValue;

/// The most buckets on one side of 0, including empty ones. A wider side is made coarser.
///
/// This is wide enough for measurements: with 8 buckets for each power of two it spans 38 orders of
/// magnitude. The whole range of floats would need half a million buckets in the finest schema.
pub(super) const MOST_BUCKETS: i64 = 1_024;

/// The exponents of the powers of two that bound the finite floats.
const EXPONENTS: (i64, i64) = (-1_074, 1_024);

/// The buckets of an exponential histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Exponential<'a> {
    pub(super) scale: i32,
    /// The number of observations in all buckets.
    pub(super) count: u64,
    pub(super) positive: Side<'a>,
    pub(super) negative: Side<'a>,
}

/// The buckets on one side of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Side<'a> {
    /// The buckets as in Prometheus: without empty ones, and with the index of the upper bound.
    sparse: &'a [(i32, u64)],
    /// Each bucket is merged from 2 to the power of this.
    halvings: u32,
}

impl<'a> Exponential<'a> {
    pub(super) fn of(value: &NativeValue<'a>) -> Exponential<'a> {
        let sides = [value.positive, value.negative];
        let [positive, negative] = sides.map(|side| of_floats(value.schema, side));
        let is_too_wide = |halvings: &u32| {
            let is_too_wide = |sparse| Side { sparse, halvings: *halvings }.len() > MOST_BUCKETS;
            is_too_wide(positive) || is_too_wide(negative)
        };
        let halvings = (0..).find(|halvings| !is_too_wide(halvings)).unwrap_or_default();
        let counts = positive.iter().chain(negative).map(|(_, count)| *count);
        Exponential {
            scale: i32::from(value.schema) - halvings as i32,
            count: counts.fold(value.zero_count, u64::wrapping_add),
            positive: Side { sparse: positive, halvings },
            negative: Side { sparse: negative, halvings },
        }
    }
}

/// Returns the buckets that can contain finite floats. Infinite observations are not counted.
fn of_floats(schema: i8, buckets: &[(i32, u64)]) -> &[(i32, u64)] {
    let (least, greatest) = EXPONENTS;
    let (first, last) = match u32::try_from(schema) {
        Ok(finer) => (least << finer, greatest << finer),
        Err(_) => {
            // A power of two is in the bucket with the next upper bound.
            let coarser = u32::from(schema.unsigned_abs());
            (-(-least >> coarser), ((greatest - 1) >> coarser) + 1)
        }
    };
    let start = buckets.partition_point(|(index, _)| i64::from(*index) < first);
    let end = buckets.partition_point(|(index, _)| i64::from(*index) <= last);
    buckets.get(start..end).unwrap_or_default()
}

impl Side<'_> {
    /// Returns the index of a bucket in an exponential histogram, which is that of its lower bound.
    fn index(&self, upper: i32) -> i64 {
        (i64::from(upper) - 1) >> self.halvings
    }

    /// Returns the index of the first bucket, or `None` if there are no buckets.
    pub(super) fn offset(&self) -> Option<i64> {
        self.sparse.first().map(|(index, _)| self.index(*index))
    }

    fn len(&self) -> i64 {
        match self.sparse {
            [] => 0,
            [_] => 1,
            [(first, _), .., (last, _)] => self.index(*last) - self.index(*first) + 1,
        }
    }

    /// Calls `show` with the count of each bucket, starting with the first.
    pub(super) fn for_each(&self, mut show: impl FnMut(u64)) {
        let mut rest = self.sparse;
        let mut next = self.offset().unwrap_or_default();
        while let [(first, _), ..] = rest {
            let index = self.index(*first);
            (next..index).for_each(|_| show(0));
            let same = rest.iter().take_while(|(other, _)| self.index(*other) == index).count();
            let (of_it, others) = rest.split_at(same);
            show(of_it.iter().fold(0, |count, (_, more)| count.wrapping_add(*more)));
            (next, rest) = (index + 1, others);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(side: &Side<'_>) -> (Option<i64>, Vec<u64>) {
        let mut counts = Vec::new();
        side.for_each(|count| counts.push(count));
        assert_eq!(counts.len() as i64, side.len());
        (side.offset(), counts)
    }

    #[test]
    fn gaps_are_filled_and_indices_are_those_of_lower_bounds() {
        let value = NativeValue::new(3, &[20], 0.0).zero(1e-9, 4);
        let value = value.positive(&[(-1, 2), (0, 3), (3, 5)]).negative(&[(7, 6)]);
        let exponential = Exponential::of(&value);
        assert_eq!((exponential.scale, exponential.count), (3, 20));
        assert_eq!(dense(&exponential.positive), (Some(-2), vec![2, 3, 0, 0, 5]));
        assert_eq!(dense(&exponential.negative), (Some(6), vec![6]));
        let none = Exponential::of(&NativeValue::new(-4, &[0], 0.0));
        assert_eq!((none.scale, none.count, none.positive.offset()), (-4, 0, None));
        assert_eq!(dense(&none.positive), (None, vec![]));
    }

    /// A bucket with the upper bound 2^(i / 2^s) is merged into the one with the next upper bound
    /// of the coarser scale.
    #[test]
    fn a_wide_side_makes_both_coarser() {
        let value = NativeValue::new(8, &[100], 0.0);
        let value = value.positive(&[(1, 1), (2, 2), (3, 4), (2_049, 8)]).negative(&[(-3, 16)]);
        let exponential = Exponential::of(&value);
        // 2,049 buckets are halved twice: with one step 1,025 are left.
        assert_eq!(exponential.scale, 6);
        assert_eq!(exponential.count, 31);
        let (offset, counts) = dense(&exponential.positive);
        assert_eq!((offset, counts.len()), (Some(0), 513));
        assert_eq!((counts[0], counts[512], counts.iter().sum::<u64>()), (7, 8, 15));
        assert_eq!(dense(&exponential.negative), (Some(-1), vec![16]));
    }

    #[test]
    fn a_side_that_just_fits_stays_as_fine_as_it_is() {
        let value = NativeValue::new(2, &[2], 0.0).positive(&[(-500, 1), (523, 1)]);
        let exponential = Exponential::of(&value);
        assert_eq!((exponential.scale, exponential.positive.len()), (2, MOST_BUCKETS));
        let value = NativeValue::new(2, &[2], 0.0).positive(&[(-500, 1), (524, 1)]);
        assert_eq!(Exponential::of(&value).scale, 1);
    }

    #[test]
    fn what_no_float_is_in_does_not_count() {
        for schema in -4_i8..=8 {
            let in_schema = |exponent: f64| (exponent * 2_f64.powi(schema.into())).ceil() as i32;
            let (first, last) = (in_schema(-1_074.0), in_schema(1_024.0));
            let buckets = [(i32::MIN, 1), (first - 1, 2), (first, 4), (last, 8), (last + 1, 16)];
            let value = NativeValue::new(schema, &[63], 0.0).positive(&buckets).zero(0.0, 32);
            let exponential = Exponential::of(&value);
            assert_eq!(exponential.count, 32 + 4 + 8, "{schema}");
            assert!(exponential.positive.len() <= MOST_BUCKETS, "{schema}");
            let (_, counts) = dense(&exponential.positive);
            assert_eq!(counts.iter().sum::<u64>(), 12, "{schema}");
        }
    }
}
