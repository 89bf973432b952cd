//! What the machine allows: the least that anyone could do for a work.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::{Update, repeat};

/// A load, an addition and a store, which no other thread sees.
pub(crate) fn thread_local_add() -> Update {
    thread_local! {
        static CELL: Cell<u64> = const { Cell::new(0) };
    }
    Box::new(|times| {
        repeat(times, |_| CELL.set(CELL.get() + 1));
        black_box(CELL.get());
    })
}

/// One locked instruction on memory that all threads share.
pub(crate) fn fetch_add() -> Update {
    static SHARED: AtomicU64 = AtomicU64::new(0);
    Box::new(|times| {
        repeat(times, |_| {
            SHARED.fetch_add(1, Ordering::Relaxed);
        });
    })
}

/// Reading the clock before and after, which whoever measures a duration has to do.
pub(crate) fn two_instants() -> Update {
    Box::new(|times| {
        repeat(times, |_| {
            let start = Instant::now();
            black_box(Instant::now().duration_since(start));
        });
    })
}
