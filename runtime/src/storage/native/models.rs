//! Models of what threads share of a native histogram, see [`models`](super::super::models).

use std::collections::BTreeMap;
use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::number::Number;
use crate::unit::Whole;

fn clock() -> Duration {
    Duration::ZERO
}

/// Checks a model with too many steps to try every order: three preemptions within a run are enough
/// to find mistakes.
fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.max_branches = 10_000;
    builder.check(model);
}

const OPTIONS: NativeOptions = NativeOptions { schema: 0, ..NativeOptions::new() };

fn new() -> Arc<NativeCells> {
    Arc::new(NativeCells::new(clock()))
}

/// Observes a value, whose classic bucket has the same number.
fn observe(cells: &NativeCells, options: &NativeOptions, value: u64) {
    assert!(cells.observe::<Whole>(options, (value, value as usize), clock));
}

/// Returns the number of observations and their sum, after checking both against the classic
/// buckets.
fn read(cells: &NativeCells, options: &NativeOptions) -> (u64, u64) {
    let mut found = NativeSnapshot::new();
    cells.read::<Whole>(options, &mut found, 6);
    let sum = (0..).zip(&found.classic).map(|(value, count)| value * count).sum();
    assert_eq!(found.sum, Number::Whole(u128::from(sum)));
    let count = found.classic.iter().sum();
    assert_eq!(found.count, count);
    let mut expected = BTreeMap::new();
    for (value, count) in (1u32..).zip(&found.classic[1..]).filter(|(_, count)| **count != 0) {
        let fine = bounds::fine_index(f64::from(value).to_bits());
        *expected.entry(bounds::coarser(fine, (8 - found.schema) as u32)).or_default() += *count;
    }
    assert_eq!(found.positive, expected.into_iter().collect::<Vec<_>>());
    assert!(found.positive.len() <= options.limit());
    (count, sum)
}

/// A reader sees an observation as a whole or not at all, whether its bucket exists or is new.
#[test]
fn a_native_histogram_is_read_between_observations() {
    check(|| {
        let cells = new();
        observe(&cells, &OPTIONS, 1);
        let observer = thread::spawn({
            let cells = cells.clone();
            move || {
                observe(&cells, &OPTIONS, 1);
                observe(&cells, &OPTIONS, 2);
            }
        });
        let first = read(&cells, &OPTIONS);
        assert!([(1, 1), (2, 2), (3, 4)].contains(&first), "{first:?}");
        observer.join().unwrap();
        assert_eq!(read(&cells, &OPTIONS), (3, 4));
    });
}

/// A reader sees an observation as a whole or not at all while the table grows.
#[test]
fn a_native_histogram_is_read_while_it_grows() {
    check(|| {
        let cells = new();
        for value in [1, 2, 3] {
            observe(&cells, &OPTIONS, value);
        }
        let observer = thread::spawn({
            let cells = cells.clone();
            move || observe(&cells, &OPTIONS, 4)
        });
        let first = read(&cells, &OPTIONS);
        assert!([(3, 6), (4, 10)].contains(&first), "{first:?}");
        observer.join().unwrap();
        assert_eq!(read(&cells, &OPTIONS), (4, 10));
    });
}

/// A reader sees an observation as a whole or not at all while buckets are merged.
#[test]
fn a_native_histogram_is_read_while_it_gets_coarser() {
    check(|| {
        let options = NativeOptions { max_buckets: 1, ..OPTIONS };
        let cells = new();
        // In the bucket from 1 to 2, then from 2 to 4.
        observe(&cells, &options, 2);
        let observer = thread::spawn({
            let cells = cells.clone();
            move || observe(&cells, &options, 4)
        });
        let first = read(&cells, &options);
        assert!([(1, 2), (2, 6)].contains(&first), "{first:?}");
        observer.join().unwrap();
        assert_eq!(read(&cells, &options), (2, 6));
    });
}

/// Two observers lose nothing, whether they use one block or two.
#[test]
fn a_native_histogram_loses_nothing() {
    check(|| {
        let cells = new();
        observe(&cells, &OPTIONS, 1);
        let other = thread::spawn({
            let cells = cells.clone();
            move || observe(&cells, &OPTIONS, 1)
        });
        observe(&cells, &OPTIONS, 2);
        other.join().unwrap();
        assert_eq!(read(&cells, &OPTIONS), (3, 4));
    });
}

/// An observation beside a reset is kept as a whole or not at all, and one after it is kept.
#[test]
fn a_native_histogram_is_reset_as_a_whole() {
    check(|| {
        let cells = new();
        observe(&cells, &OPTIONS, 1);
        let other = thread::spawn({
            let cells = cells.clone();
            move || cells.reset(clock())
        });
        observe(&cells, &OPTIONS, 2);
        let first = read(&cells, &OPTIONS);
        assert!([(2, 3), (1, 2), (0, 0)].contains(&first), "{first:?}");
        other.join().unwrap();
        let left = read(&cells, &OPTIONS);
        assert!([(1, 2), (0, 0)].contains(&left), "{left:?}");
        observe(&cells, &OPTIONS, 3);
        assert_eq!(read(&cells, &OPTIONS), (left.0 + 1, left.1 + 3));
    });
}
