//! Models of what threads share, for loom, which tries every order of their steps:
//! `RUSTFLAGS="--cfg measurand_loom" cargo test -p measurand --lib --release`.

use loom::sync::Arc;
use loom::thread;

use super::block::{self, Observation};
use super::clearable::Clearable;
use super::histogram_cells::HistogramCells;
use super::key::KeyLabels;
use super::open::{Limits, OpenTable, Version};
use super::pool::Pool;
use crate::number::Number;
use crate::place::Shape;
use crate::sync::{AtomicU64, Ordering};
use crate::unit::Whole;

/// A reader beside the only writer of a block sees each observation as a whole or not at all.
#[test]
fn a_block_is_read_between_two_observations() {
    loom::model(|| {
        let block = new_block();
        let writer = thread::spawn({
            let block = block.clone();
            move || {
                assert!(block::observe::<Whole>(&block, Observation::new(0, 1)));
                assert!(block::observe::<Whole>(&block, Observation::new(1, 2)));
            }
        });
        let [sum, _, ones, twos] = read_block(&block);
        assert_eq!(sum, ones + 2 * twos);
        assert!(ones >= twos);
        writer.join().unwrap();
    });
}

fn new_block() -> Arc<Vec<AtomicU64>> {
    let len = Shape::Histogram { buckets: 2, is_integral: true }.len();
    Arc::new((0..len).map(|_| AtomicU64::new(0)).collect())
}

/// Returns both halves of the sum, and both buckets.
fn read_block(block: &[AtomicU64]) -> [u64; 4] {
    let mut copy = [0; 4];
    assert_eq!(block::copy_len(block.len()), copy.len());
    block::read(block, &mut copy);
    copy
}

/// A reader beside an observation that carries or has a weight sees it as a whole or not at all.
#[test]
fn a_block_is_read_between_observations_that_save_what_they_change() {
    loom::model(|| {
        let block = new_block();
        assert!(block::observe::<Whole>(&block, Observation::new(0, u64::MAX)));
        let writer = thread::spawn({
            let block = block.clone();
            move || {
                let seen = Observation { bucket: 1, bits: 2, weight: 4u64 };
                assert!(block::observe::<Whole>(&block, seen));
            }
        });
        let found = read_block(&block);
        assert!(found == [u64::MAX, 0, 1, 0] || found == [7, 1, 1, 4], "{found:?}");
        writer.join().unwrap();
        assert_eq!(read_block(&block), [7, 1, 1, 4]);
    });
}

/// What a thread has left half done is undone: its observation is there as a whole or not at all.
#[test]
fn a_block_whose_writer_is_no_more_is_whole_again() {
    loom::model(|| {
        let block = new_block();
        assert!(block::observe::<Whole>(&block, Observation::new(1, 2)));
        let writer = thread::spawn({
            let block = block.clone();
            move || block::observe::<Whole>(&block, Observation::new(0, 1))
        });
        // The memory as a fork copies it at one moment, wherever the writer may be.
        let load = || block.iter().map(|cell| cell.load(Ordering::Acquire)).collect::<Vec<_>>();
        let (copy, again) = (load(), load());
        writer.join().unwrap();
        if copy == again {
            let child: Vec<_> = copy.into_iter().map(AtomicU64::new).collect();
            block::take_back(&child);
            assert!(block::observe::<Whole>(&child, Observation::new(0, 1)));
            let [sum, _, ones, twos] = read_block(&child);
            assert_eq!((sum, twos), (ones + 2, 1));
        }
    });
}

/// Writers of a shared block take turns, and a reader sees each observation as a whole.
#[test]
fn a_block_is_written_in_turn() {
    loom::model(|| {
        let block = new_block();
        let observe = |block: &[AtomicU64]| {
            block::observe_in_turn::<Whole>(block, Observation::new(1, 2)).is_ok()
        };
        let other = thread::spawn({
            let block = block.clone();
            move || observe(&block)
        });
        let own = observe(&block);
        let [sum, _, _, twos] = read_block(&block);
        assert_eq!(sum, 2 * twos);
        let other = other.join().unwrap();
        let counted = u64::from(own) + u64::from(other);
        assert_eq!(read_block(&block), [2 * counted, 0, 0, counted]);
        assert!(own || other);
    });
}

/// A reader beside a clear sees either everything from before it or nothing.
#[test]
fn a_block_is_cleared_as_a_whole() {
    loom::model(|| {
        let block = new_block();
        assert!(block::observe_in_turn::<Whole>(&block, Observation::new(1, 2)).is_ok());
        let clearer = thread::spawn({
            let block = block.clone();
            move || block::clear(&block)
        });
        let found = read_block(&block);
        assert!(found == [2, 0, 0, 1] || found == [0; 4], "{found:?}");
        assert!(clearer.join().unwrap());
        assert_eq!(read_block(&block), [0; 4]);
        assert!(block::observe_in_turn::<Whole>(&block, Observation::new(0, 1)).is_ok());
        assert_eq!(read_block(&block), [1, 0, 1, 0]);
    });
}

/// A count that is read beside clears is never above what was counted.
#[test]
fn a_count_beside_clears_is_never_above_the_truth() {
    loom::model(|| {
        let count = Arc::new(Clearable::new());
        count.inc();
        let threads: Vec<_> = (0..2)
            .map(|index| {
                let count = count.clone();
                thread::spawn(move || {
                    if index == 0 {
                        count.inc();
                    }
                    count.clear();
                })
            })
            .collect();
        assert!(count.since_cleared() <= 2);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((count.since_cleared(), count.ever()), (0, 2));
    });
}

/// A thread that takes over a slab continues its counts, and a reader finds all counts of threads
/// that have ended.
#[test]
fn a_slab_is_handed_over_with_its_counts() {
    loom::model(|| {
        let pool = Arc::new(Pool::new(1, 1));
        let count = |pool: &Pool| match pool.take() {
            Some(taken) => {
                // Only the owner may do this: without a locked instruction.
                let cell = &taken.slab[0];
                cell.store(cell.load(Ordering::Relaxed) + 1, Ordering::Release);
                pool.give_back(taken);
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
        assert!(slabs.len() <= 2);
    });
}

/// A slab is in the list before its owner counts in it, so that totals never fall.
#[test]
fn a_slab_is_published_before_it_is_used() {
    loom::model(|| {
        let pool = Arc::new(Pool::new(1, 2));
        let counter = thread::spawn({
            let pool = pool.clone();
            move || {
                let taken = pool.take().expect("there is room");
                taken.slab[0].store(1, Ordering::Release);
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

/// A reader of shared cells sees the bucket and the sum of an observation together, and misses
/// none.
#[test]
fn shared_cells_are_read_between_observations() {
    loom::model(|| {
        let cells = Arc::new(HistogramCells::new(2));
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

/// A label set with one open value.
struct Tenant(&'static str);

impl KeyLabels for Tenant {
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

fn limits(max_series: usize) -> Limits {
    Limits { max_series, max_value_bytes: 1_024, expire_after: None }
}

fn table(max_series: usize) -> Arc<OpenTable<AtomicU64>> {
    Arc::new(OpenTable::new(limits(max_series), 1))
}

/// Increments a series as a user's thread does.
fn inc(table: &OpenTable<AtomicU64>, labels: &Tenant) {
    let add = |cells: &AtomicU64| {
        cells.fetch_add(1, Ordering::Relaxed);
    };
    if let Some(add) = table.update(labels, add) {
        let made = table.get_or_make(labels, || AtomicU64::new(0));
        add(&made.expect("nobody stands still").cells);
    }
}

/// Returns all series with their values.
fn read(table: &OpenTable<AtomicU64>) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    table.for_each(|series| {
        let value = series.key().values(1).collect();
        found.push((value, series.cells.load(Ordering::Relaxed)));
    });
    found
}

/// Two threads that use new labels at the same time create one series, and both count in it.
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

/// A thread that sees the number of a series finds the series, also while its segment is rebuilt.
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
        let recent = |from, to| table.changed_between(from, to).expect("they are few").len();
        let (scanned, made) =
            (table.made_since(Version::ZERO).unwrap().len(), recent(Version::ZERO, version));
        writer.join().unwrap();
        let all = table.version();
        assert!(scanned >= made);
        assert_eq!(made + recent(version, all), 2);
        assert!(scanned + table.made_since(version).unwrap().len() >= 2);
    });
}

/// An update beside a removal is counted in the removed series or in its successor, and the limit
/// is kept.
#[test]
fn a_removal_loses_nothing_that_came_before_or_after_it() {
    loom::model(|| {
        let table = table(1);
        inc(&table, &Tenant("a"));
        let kept = table.get_or_make(&Tenant("a"), || AtomicU64::new(0)).unwrap();
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

/// A series only expires if nobody holds it, and an update beside that is counted in it or in its
/// successor.
#[test]
fn what_expires_is_held_by_nobody_and_loses_nothing() {
    loom::model(|| {
        let expire_after = Some(std::time::Duration::ZERO);
        let table = Arc::new(OpenTable::new(Limits { expire_after, ..limits(2) }, 1));
        inc(&table, &Tenant("a"));
        let first = table.get(&Tenant("a")).expect("it was made");
        let expirer = thread::spawn({
            let table = table.clone();
            move || table.expire_now()
        });
        drop(first);
        let held = table.get_or_make(&Tenant("a"), || AtomicU64::new(0)).unwrap();
        held.cells.fetch_add(1, Ordering::Relaxed);
        let left = expirer.join().unwrap();
        // A series that is held is the one that others find.
        let found = table.get(&Tenant("a")).expect("it is held");
        assert!(std::ptr::eq(&*found, &*held));
        let left = left.map_or(0, |series| series.cells.load(Ordering::Relaxed));
        let total = found.cells.load(Ordering::Relaxed) + left;
        assert_eq!(total, 2);
    });
}

/// A full table creates one series for all beyond the limit.
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
