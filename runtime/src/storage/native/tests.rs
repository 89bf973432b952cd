//! Native histograms compared with a slow one that is written from the specification.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::thread;

use super::bounds::{coarser, fine_index};
use super::reference::{Reference, Where, bounds, counted, index_of};
use super::*;
use crate::number::Number;
use crate::unit::{Fractional, Nanoseconds, Whole};

/// A generator of pseudo-random numbers, the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Returns values near which mistakes are likely: bounds of all schemas, powers of two, the
/// smallest and largest floats, and their neighbours.
fn hostile(random: &mut Random) -> f64 {
    const SPECIAL: [f64; 10] = [
        0.0,
        1.0,
        f64::INFINITY,
        f64::NAN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        f64::EPSILON,
        1e-3,
        u64::MAX as f64,
    ];
    let value = match random.below(8) {
        0 => f64::from_bits(random.next()),
        1 => random.of(&SPECIAL),
        // A subnormal number.
        2 => f64::from_bits(random.next() >> (12 + random.below(52))),
        3 | 4 => f64::from_bits((random.below(2_047) as u64) << 52),
        _ => {
            let bound = bounds()[random.below(9)].as_slice();
            // A subnormal bound is rounded, to a neighbour of the exact bound.
            random.of(bound) * 2f64.powi(random.below(2_040) as i32 - 1_040)
        }
    };
    let value = match random.below(3) {
        0 => value.next_up(),
        1 => value.next_down(),
        _ => value,
    };
    if random.below(3) == 0 { -value } else { value }
}

/// The number of comparisons: fewer in a slow build.
const MILLIONS: usize = if cfg!(debug_assertions) { 200_000 } else { 2_000_000 };

#[test]
fn bounds_are_the_nearest_floats() {
    for (schema, bounds) in bounds().iter().enumerate() {
        for (i, bound) in bounds.iter().enumerate() {
            assert_eq!(upper_bound(schema as i8, i as i32 + 1), 2.0 * bound, "{schema}, {i}");
        }
    }
}

#[test]
fn every_schema_has_the_indices_of_the_reference() {
    let mut random = Random(1);
    for _ in 0..MILLIONS {
        let value = hostile(&mut random).abs();
        if value.is_nan() || value == 0.0 {
            continue;
        }
        let fine = fine_index(value.to_bits());
        for schema in -4..=8 {
            let expected = index_of(schema, value);
            assert_eq!(coarser(fine, (8 - schema) as u32), expected, "{value:e}, {schema}");
        }
    }
}

#[test]
fn a_bucket_ends_with_the_largest_float_in_it() {
    let mut random = Random(2);
    for _ in 0..MILLIONS {
        let (schema, value) = (random.below(13) as i8 - 4, hostile(&mut random).abs());
        if value.is_nan() || value == 0.0 {
            continue;
        }
        let index = index_of(schema, value);
        let end = upper_bound(schema, index);
        assert_eq!(index_of(schema, end), index, "{value:e}, {schema}");
        if end.is_finite() {
            assert!(index_of(schema, end.next_up()) > index, "{value:e}, {schema}");
        }
    }
}

#[test]
fn a_factor_is_the_largest_that_is_not_above_it() {
    let check =
        |factor, schema| assert_eq!(NativeOptions::new().factor(factor).schema, schema, "{factor}");
    check(1.1, 3);
    check(1.002, 8);
    check(1.01, 7);
    check(2f64.sqrt(), 1);
    check(2f64.sqrt().next_down(), 2);
    check(2.0, 0);
    check(2.0f64.next_down(), 1);
    check(4.0, -1);
    check(1e4, -3);
    check(65_536.0, -4);
    check(f64::INFINITY, -4);
    for factor in [1.0, 0.5, -1.0, f64::NAN] {
        assert!(NativeOptions::new().factor(factor).problem().is_some(), "{factor}");
    }
}

thread_local! {
    static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Returns the time that a test has set.
fn clock() -> Duration {
    NOW.get()
}

/// Returns the contents of a histogram in the form of the reference.
fn counts_of(read: &NativeSnapshot) -> BTreeMap<Where, u64> {
    let buckets = read.positive.iter().chain(&read.negative);
    let nan = read.count - read.zero_count - buckets.map(|(_, count)| count).sum::<u64>();
    let of_side = |buckets: &[(i32, u64)], place: fn(i32) -> Where| {
        assert!(buckets.is_sorted_by(|(a, _), (b, _)| a < b), "{buckets:?}");
        buckets.iter().map(move |(index, count)| (place(*index), *count)).collect::<Vec<_>>()
    };
    let sides = [
        of_side(&read.positive, Where::Positive),
        of_side(&read.negative, Where::Negative),
        vec![(Where::Zero, read.zero_count), (Where::Nan, nan)],
    ];
    sides.into_iter().flatten().filter(|(_, count)| *count != 0).collect()
}

/// Returns the expected counts of buckets and of classic buckets.
fn expected_of(
    counts: &BTreeMap<(Where, usize), u64>,
    classic: usize,
) -> (BTreeMap<Where, u64>, Vec<u64>) {
    let (mut expected, mut of_classic) = (BTreeMap::new(), vec![0; classic]);
    for ((place, classic), count) in counts {
        *expected.entry(*place).or_default() += count;
        of_classic[*classic] += count;
    }
    (expected, of_classic)
}

/// A histogram and its reference, with the same observations.
struct Pair {
    cells: NativeCells,
    reference: Reference,
    classic: Vec<f64>,
    read: NativeSnapshot,
    sum: f64,
    epoch: Duration,
}

impl Pair {
    fn new(options: NativeOptions, classic: &[f64]) -> Pair {
        Pair {
            cells: NativeCells::new(clock()),
            reference: Reference::new(options, clock()),
            classic: classic.to_vec(),
            read: NativeSnapshot::new(),
            sum: 0.0,
            epoch: clock(),
        }
    }

    fn observe(&mut self, value: f64) {
        let within = self.classic.iter().position(|bound| value <= *bound);
        let classic = within.unwrap_or(self.classic.len());
        let seen = (value.to_bits(), classic);
        assert!(self.cells.observe::<Fractional>(&self.reference.options, seen, clock));
        self.reference.observe(value, classic, clock());
        if self.reference.started != self.epoch {
            (self.sum, self.epoch) = (0.0, self.reference.started);
        }
        self.sum += value;
    }

    #[track_caller]
    fn compare(&mut self) {
        let options = self.reference.options;
        self.cells.reset_if_due(&options, clock());
        self.reference.look(clock());
        if self.reference.started != self.epoch {
            (self.sum, self.epoch) = (0.0, self.reference.started);
        }
        self.cells.read::<Fractional>(&options, &mut self.read, self.classic.len() + 1);
        let found = (counts_of(&self.read), self.read.classic.clone());
        let read = &self.read;
        assert_eq!(
            found,
            expected_of(&self.reference.counts, self.classic.len() + 1),
            "{options:?}"
        );
        assert_eq!(read.count, self.reference.values.len() as u64);
        assert_eq!(
            (read.schema, read.zero_threshold),
            (self.reference.schema, self.reference.zero_threshold)
        );
        assert_eq!(self.cells.common.started(), self.reference.started);
        let Number::Float(sum) = read.sum else { panic!("{:?}", read.sum) };
        assert!(sum == self.sum || sum.is_nan() && self.sum.is_nan(), "{sum} is not {}", self.sum);
    }
}

#[test]
fn all_strategies_give_what_the_reference_gives() {
    let mut random = Random(3);
    let (mut compared, mut resets, mut widened, mut halved) = (0, 0, 0, 0);
    while compared < MILLIONS {
        let options = NativeOptions {
            schema: random.below(13) as i8 - 4,
            zero_threshold: random.of(&[0.0, 0.0, 2f64.powi(-128), 1e-3, 1.0, 3e300]),
            max_buckets: random.of(&[0, 1, 2, 3, 10, 20, 160, 160]),
            min_reset: Duration::from_secs(random.of(&[0, 1, 60, 3_600])),
            max_zero_threshold: random.of(&[0.0, 1e-3, 1.0, 1e9, f64::MAX, f64::INFINITY]),
        };
        let bounds: [&[f64]; 4] = [&[], &[], &[0.0], &[-1.0, 0.001, 0.1, 1.0, 1e6]];
        let mut pair = Pair::new(options, random.of(&bounds));
        let (style, quiet) = (random.below(3), 1 + random.below(400));
        // Without a limit, the reference is slow.
        let length = if options.max_buckets == 0 { 5_000 } else { 1_000 };
        for _ in 0..length {
            if random.below(quiet) == 0 {
                NOW.set(NOW.get() + Duration::from_millis(random.below(100_000) as u64));
            }
            pair.observe(match style {
                0 => hostile(&mut random),
                // Near to each other, so that most buckets exist already.
                1 => 1.0 + random.below(1_000) as f64 / 100.0,
                _ => 10f64.powf(random.below(6_000) as f64 / 1_000.0 - 3.0),
            });
            if random.below(100) == 0 {
                let before = pair.reference.started;
                pair.compare();
                let Reference { started, schema, zero_threshold, .. } = pair.reference;
                resets += u32::from(started > before);
                widened += u32::from(zero_threshold > options.zero_threshold);
                halved += u32::from(schema < options.schema);
            }
        }
        pair.compare();
        compared += length;
    }
    assert!(resets > 20 && widened > 100 && halved > 100, "{resets}, {widened}, {halved}");
}

/// Reads a histogram without classic buckets.
fn read<R: Representation>(cells: &NativeCells, options: &NativeOptions) -> NativeSnapshot {
    let mut read = NativeSnapshot::new();
    cells.read::<R>(options, &mut read, 0);
    read
}

fn observe<R: Representation>(cells: &NativeCells, options: &NativeOptions, bits: u64) -> bool {
    cells.observe::<R>(options, (bits, 0), clock)
}

#[test]
fn a_sum_carries_past_64_bits_and_has_the_bucket_of_its_base_unit() {
    let options = NativeOptions { schema: 0, ..NativeOptions::new() };
    let cells = NativeCells::new(clock());
    for _ in 0..3 {
        assert!(observe::<Nanoseconds>(&cells, &options, u64::MAX));
    }
    assert!(observe::<Nanoseconds>(&cells, &options, 1_500_000_000));
    assert!(observe::<Nanoseconds>(&cells, &options, 0));
    let found = read::<Nanoseconds>(&cells, &options);
    assert_eq!(found.sum, Number::Nanoseconds(3 * u128::from(u64::MAX) + 1_500_000_000));
    // 1.5 seconds, and 584 years.
    assert_eq!(found.positive, [(1, 1), (35, 3)]);
    assert_eq!((found.zero_count, found.count), (1, 5));
}

#[test]
fn nanoseconds_are_in_the_bucket_of_the_quotient() {
    let mut random = Random(6);
    let mut exactly = 0;
    for _ in 0..MILLIONS {
        let bounds = bounds()[random.below(9)].as_slice();
        let bound = random.of(bounds);
        let bits = match random.below(4) {
            0 => random.next() >> random.below(64),
            // Next to a bound, and to a threshold that is not a bound.
            1 => (bound * 2f64.powi(random.below(64) as i32 - 29) * 1e9) as u64,
            2 => 10u64.pow(random.below(19) as u32),
            _ => random.below(100) as u64,
        };
        let bits = bits.wrapping_add(random.below(5) as u64).wrapping_sub(2);
        let exact = bits as f64 / 1e9;
        let seen = NativeObservation::new::<Nanoseconds>(bits, 0);
        if bits != 0 {
            assert_eq!(seen.fine, fine_index(exact.to_bits()), "{bits}");
        }
        for threshold in [exact.next_down().max(0.0), exact, exact.next_up(), 1e-3] {
            let is_within = seen.is_within::<Nanoseconds>(threshold.to_bits());
            assert_eq!(is_within, exact <= threshold, "{bits}, {threshold:e}");
        }
        exactly += usize::from(seen.magnitude == exact.to_bits());
    }
    // The product was used as well, and is not always equal to the quotient.
    assert!(exactly < MILLIONS);
}

#[test]
fn a_reset_begins_anew_and_says_when() {
    let options = NativeOptions::new();
    let cells = NativeCells::new(Duration::from_secs(1));
    assert!(observe::<Whole>(&cells, &options, 5));
    cells.reset(Duration::from_secs(9));
    let found = read::<Whole>(&cells, &options);
    assert_eq!((found.count, found.sum, found.positive.len()), (0, Number::Whole(0), 0));
    assert_eq!(cells.last_reset(), Some(Duration::from_secs(9)));
    assert!(observe::<Whole>(&cells, &options, 7));
    let found = read::<Whole>(&cells, &options);
    assert_eq!((found.count, found.sum), (1, Number::Whole(7)));
    // A clock that is behind does not move the start back.
    cells.reset(Duration::from_secs(3));
    cells.reset(Duration::from_secs(3));
    assert_eq!(cells.last_reset(), Some(Duration::from_secs(9)));
}

#[test]
fn blocks_that_differ_are_read_as_one() {
    let mut random = Random(4);
    for _ in 0..MILLIONS / 1_000 {
        let options = NativeOptions {
            schema: random.below(13) as i8 - 4,
            zero_threshold: random.of(&[0.0, 1e-3]),
            max_buckets: random.of(&[20, 160]),
            min_reset: Duration::ZERO,
            max_zero_threshold: random.of(&[0.0, 1e-3, 1.0, 1e9]),
        };
        let cells = NativeCells::new(clock());
        let mut values = Vec::new();
        for _ in 0..4 {
            // If the first block is occupied, observations go to the second.
            let held = (random.below(2) == 0).then(|| cells.block.enter()).flatten();
            for _ in 0..100 {
                let value = hostile(&mut random);
                assert!(observe::<Fractional>(&cells, &options, value.to_bits()));
                values.push((value, 0));
            }
            held.into_iter().for_each(|state| cells.block.leave(state));
            let found = read::<Fractional>(&cells, &options);
            let expected = counted(found.schema, found.zero_threshold, &values);
            assert_eq!(counts_of(&found), expected_of(&expected, 1).0, "{options:?}");
            let buckets = found.positive.len() + found.negative.len();
            assert!(buckets <= options.limit() || found.schema == -4, "{buckets}, {options:?}");
            // The next read does not become finer again.
            let again = read::<Fractional>(&cells, &options);
            assert_eq!(again.schema, found.schema);
        }
    }
}

#[test]
fn histograms_that_differ_add_up() {
    let mut random = Random(5);
    for _ in 0..MILLIONS / 400 {
        let mut values = Vec::new();
        let [mut sum, mut other] = [0, 1].map(|_| {
            let options = NativeOptions {
                schema: random.below(13) as i8 - 4,
                zero_threshold: random.of(&[0.0, 1e-9, 1e-3, 1.0, 1.5]),
                max_buckets: random.of(&[2, 20, 160]),
                max_zero_threshold: random.of(&[0.0, 1e-3, 1.0, 1e9]),
                ..NativeOptions::new()
            };
            let cells = NativeCells::new(clock());
            for _ in 0..20 {
                let value = hostile(&mut random);
                assert!(observe::<Fractional>(&cells, &options, value.to_bits()));
                values.push((value, 0));
            }
            read::<Fractional>(&cells, &options)
        });
        let (schema, threshold) = (sum.schema.min(other.schema), sum.zero_threshold);
        sum.add(&mut other);
        let expected = counted(sum.schema, sum.zero_threshold, &values);
        assert_eq!(counts_of(&sum), expected_of(&expected, 1).0);
        assert!(sum.schema == schema && sum.zero_threshold >= threshold);
    }
}

#[test]
fn who_stands_still_hides_nothing() {
    let options = NativeOptions::new();
    let cells = NativeCells::new(clock());
    assert!(observe::<Whole>(&cells, &options, 5));
    // A thread that stops after each of its steps, like one that a forked child does not have.
    let state = cells.block.enter().unwrap();
    let seen = NativeObservation::new::<Whole>(5, 0);
    let summed = |count, sum| {
        let found = read::<Whole>(&cells, &options);
        assert_eq!((found.count, found.sum), (count, Number::Whole(sum)));
    };
    summed(1, 5);
    let (table, slot) = cells.block.slot_of::<Whole>(&seen).unwrap();
    table.count::<Whole>(slot, 1, 5);
    summed(2, 10);
    // Other threads count in another block.
    assert!(observe::<Whole>(&cells, &options, 3));
    summed(3, 13);
    // A reset does not need the occupied block.
    cells.reset(clock());
    summed(0, 0);
    assert!(observe::<Whole>(&cells, &options, 3));
    summed(1, 3);
    cells.block.leave(state);
    assert!(observe::<Whole>(&cells, &options, 5));
    summed(2, 8);
}

#[test]
fn an_observation_is_seen_whole_while_observers_run() {
    let options = NativeOptions { max_buckets: 8, schema: 8, ..NativeOptions::new() };
    let cells = NativeCells::new(clock());
    let (threads, each) = (4, if cfg!(debug_assertions) { 50_000 } else { 500_000 });
    thread::scope(|scope| {
        for thread in 0..threads {
            let cells = &cells;
            scope.spawn(move || {
                let mut random = Random(thread);
                for _ in 0..each {
                    // A value's classic bucket has its number.
                    let value = random.below(4);
                    let bits = 10u64.pow(value as u32);
                    assert!(cells.observe::<Whole>(&options, (bits, value), clock));
                }
            });
        }
        let (mut found, mut last) = (NativeSnapshot::new(), 0);
        while last < threads * each {
            cells.read::<Whole>(&options, &mut found, 4);
            let classic = &found.classic;
            let expected: u64 = (0..).zip(classic).map(|(i, count)| count * 10u64.pow(i)).sum();
            assert_eq!(found.sum, Number::Whole(expected.into()));
            assert_eq!(found.count, classic.iter().sum::<u64>());
            let of_buckets = found.positive.iter().map(|(_, count)| count);
            assert_eq!(of_buckets.sum::<u64>(), found.count);
            assert!(found.count >= last);
            last = found.count;
        }
    });
}

#[test]
fn many_threads_make_it_coarser_and_lose_nothing() {
    let options = NativeOptions {
        schema: 8,
        max_buckets: 30,
        max_zero_threshold: 1e-100,
        ..NativeOptions::new()
    };
    let cells = NativeCells::new(clock());
    let (threads, each) = (4, if cfg!(debug_assertions) { 20_000 } else { 200_000 });
    let values = |thread| {
        let mut random = Random(thread);
        (0..each).map(move |_| match hostile(&mut random) {
            value if value.is_finite() => value,
            _ => 0.0,
        })
    };
    thread::scope(|scope| {
        for thread in 0..threads {
            let cells = &cells;
            scope.spawn(move || {
                for value in values(thread) {
                    assert!(observe::<Fractional>(cells, &options, value.to_bits()));
                }
            });
        }
        let (mut last, mut schema) = (0, 8);
        while last < threads * each {
            let found = read::<Fractional>(&cells, &options);
            assert!(found.count >= last && found.schema <= schema);
            assert!(found.positive.len() + found.negative.len() <= 30 || found.schema == -4);
            (last, schema) = (found.count, found.schema);
        }
    });
    let found = read::<Fractional>(&cells, &options);
    let all: Vec<_> = (0..threads).flat_map(values).map(|value| (value, 0)).collect();
    let expected = counted(found.schema, found.zero_threshold, &all);
    assert_eq!(counts_of(&found), expected_of(&expected, 1).0);
}

#[test]
fn a_reset_beside_observers_takes_whole_observations() {
    let options = NativeOptions::new();
    let cells = NativeCells::new(clock());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for bits in 0..50_000 {
                    assert!(observe::<Whole>(&cells, &options, 1 << (bits % 8)));
                }
            });
        }
        for _ in 0..1_000 {
            let found = read::<Whole>(&cells, &options);
            let expected: u64 =
                found.positive.iter().map(|(index, count)| (1 << (index / 8)) * count).sum();
            assert_eq!(found.sum, Number::Whole(expected.into()));
            cells.reset(clock());
        }
    });
}
