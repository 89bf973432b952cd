//! Models of what threads share, for the checker that tries every order of their steps:
//! `RUSTFLAGS="--cfg measurand_loom" cargo test -p measurand --lib --release`.

use loom::sync::Arc;
use loom::thread;

use super::block::{self, Observation};
use super::histogram_cells::HistogramCells;
use super::open::{Labels, OpenTable, Version};
use super::pool::Pool;
use crate::number::Number;
use crate::place::Shape;
use crate::sync::{AtomicU64, Ordering};
use crate::unit::Whole;

/// A reader beside the one writer of a block sees each observation whole or not at all.
#[test]
fn a_block_is_read_between_two_observations() {
    loom::model(|| {
        let len = Shape::Histogram { buckets: 2, is_integral: true }.len();
        let block: Arc<Vec<AtomicU64>> = Arc::new((0..len).map(|_| AtomicU64::new(0)).collect());
        let writer = thread::spawn({
            let block = block.clone();
            move || {
                assert!(block::observe::<Whole>(&block, Observation::new(0, 1)));
                assert!(block::observe::<Whole>(&block, Observation::new(1, 2)));
            }
        });
        let mut copy = vec![0; len];
        block::read(&block, &mut copy);
        let [_, sum, _, ones, twos] = copy[..] else { panic!("five cells") };
        assert_eq!(sum, ones + 2 * twos);
        assert!(ones >= twos);
        writer.join().unwrap();
    });
}

/// A thread that takes over a slab carries on where the last one stopped, and a reader finds all
/// that was counted by threads that have ended.
#[test]
fn a_slab_is_handed_over_with_its_counts() {
    loom::model(|| {
        let pool = Arc::new(Pool::new(1, 1));
        let count = |pool: &Pool| match pool.take() {
            Some(slab) => {
                // As only its owner may: without a locked instruction.
                slab[0].store(slab[0].load(Ordering::Relaxed) + 1, Ordering::Release);
                pool.give_back(slab);
            }
            None => {
                pool.shared()[0].fetch_add(1, Ordering::Relaxed);
            }
        };
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || count(&pool))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let mut slabs = Vec::new();
        pool.slabs(&mut slabs);
        let total: u64 = slabs.iter().map(|slab| slab[0].load(Ordering::Relaxed)).sum();
        assert_eq!(total, 2);
        assert!(slabs.len() <= pool.max_slabs());
    });
}

/// A slab is in the list before its owner counts in it, so a reader never goes backwards.
#[test]
fn a_slab_is_published_before_it_is_used() {
    loom::model(|| {
        let pool = Arc::new(Pool::new(1, 2));
        let counter = thread::spawn({
            let pool = pool.clone();
            move || {
                let slab = pool.take().expect("there is room");
                slab[0].store(1, Ordering::Release);
            }
        });
        let total = || {
            let mut slabs = Vec::new();
            pool.slabs(&mut slabs);
            slabs.iter().map(|slab| slab[0].load(Ordering::Relaxed)).sum::<u64>()
        };
        let before = total();
        assert!(total() >= before);
        counter.join().unwrap();
        assert_eq!(total(), 1);
    });
}

/// A reader of shared cells sees bucket and sum of an observation together, and loses none.
#[test]
fn shared_cells_are_read_between_observations() {
    loom::model(|| {
        let cells = Arc::new(HistogramCells::new::<Whole>(2));
        let observer = thread::spawn({
            let cells = cells.clone();
            move || {
                cells.observe::<Whole>(Observation::new(0, 1));
                cells.observe::<Whole>(Observation::new(1, 2));
            }
        });
        let read = || {
            let mut counts = [0; 2];
            let sum = cells.read::<Whole>(&mut counts);
            assert_eq!(sum, Number::Whole(u128::from(counts[0] + 2 * counts[1])));
            counts
        };
        let first = read();
        assert!(first[0] >= first[1]);
        observer.join().unwrap();
        assert_eq!(read(), [1, 1]);
    });
}

/// A label with one open value.
struct Tenant(&'static str);

impl Labels for Tenant {
    fn closed(&self) -> u32 {
        0
    }

    fn open_len(&self) -> usize {
        1
    }

    fn open_values(&self, visit: &mut impl FnMut(&str)) {
        visit(self.0);
    }
}

fn table(max_series: usize) -> Arc<OpenTable<AtomicU64>> {
    Arc::new(OpenTable::new(max_series, 1, 1_024))
}

/// Counts as a user's thread does.
fn inc(table: &OpenTable<AtomicU64>, labels: &Tenant) {
    let add = |cells: &AtomicU64| {
        cells.fetch_add(1, Ordering::Relaxed);
    };
    if let Some(add) = table.update(labels, add) {
        add(&table.get_or_make(labels, || AtomicU64::new(0)).cells);
    }
}

/// All series that are there, with their values.
fn read(table: &OpenTable<AtomicU64>) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    table.for_each(|series| {
        let value = series.key().values(1).collect();
        found.push((value, series.cells.load(Ordering::Relaxed)));
    });
    found
}

/// Two threads that see labels for the first time make one series, and both count in it.
#[test]
fn a_series_is_made_once() {
    loom::model(|| {
        let table = table(2);
        let other = thread::spawn({
            let table = table.clone();
            move || inc(&table, &Tenant("a"))
        });
        inc(&table, &Tenant("a"));
        other.join().unwrap();
        assert_eq!(read(&table), [("a".to_owned(), 2)]);
    });
}

/// Whoever sees the number of a series finds the series, also while its segment is made anew.
#[test]
fn a_version_holds_what_was_made_before_it() {
    loom::model(|| {
        let table = table(8);
        let writer = thread::spawn({
            let table = table.clone();
            move || {
                inc(&table, &Tenant("a"));
                inc(&table, &Tenant("b"));
            }
        });
        let version = table.version();
        let made = table.made_between(Version::ZERO, version).len();
        writer.join().unwrap();
        let all = table.version();
        assert_eq!(made + table.made_between(version, all).len(), 2);
    });
}

/// What is counted beside a removal is in the series that was removed or in the one after it, and
/// the limit is kept.
#[test]
fn a_removal_loses_nothing_that_came_before_or_after_it() {
    loom::model(|| {
        let table = table(1);
        inc(&table, &Tenant("a"));
        let kept = table.get_or_make(&Tenant("a"), || AtomicU64::new(0));
        let remover = thread::spawn({
            let table = table.clone();
            move || table.remove(&Tenant("a"))
        });
        inc(&table, &Tenant("a"));
        assert!(remover.join().unwrap());
        table.tidy();
        let left: u64 = read(&table).iter().map(|(_, value)| value).sum();
        assert_eq!(kept.cells.load(Ordering::Relaxed) + left, 2);
        assert!(read(&table).len() <= 1);
    });
}

/// A full table makes one series for all that are too many.
#[test]
fn too_many_series_share_one() {
    loom::model(|| {
        let table = table(1);
        let other = thread::spawn({
            let table = table.clone();
            move || inc(&table, &Tenant("a"))
        });
        inc(&table, &Tenant("b"));
        other.join().unwrap();
        let found = read(&table);
        assert_eq!(found.len(), 2);
        assert!(found.contains(&("__other__".to_owned(), 1)));
        assert_eq!(table.overflow_updates(), 1);
    });
}
