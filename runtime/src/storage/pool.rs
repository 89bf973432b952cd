//! Slabs, and who has which.
//!
//! When a thread ends its slab goes to the next new thread, which carries on counting in it.
//! Counts are never moved, so none can be lost or counted twice.

use crate::place::Slab;
use crate::sync::{AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering};

/// All slabs of the process.
pub(super) struct Pool {
    /// Cells in each.
    cells: usize,
    /// At most this many; a further thread counts in the shared one.
    cap: usize,
    /// How many threads could have a slab that none has now.
    room: AtomicUsize,
    /// How many there are, the shared one included.
    len: AtomicUsize,
    /// For threads without one of their own.
    shared: Slab,
    lists: Mutex<Lists>,
}

/// Both have room for `cap` slabs from the start: nothing is allocated under the lock.
struct Lists {
    all: Vec<Slab>,
    free: Vec<Slab>,
    /// Slabs that are being made.
    pending: usize,
}

impl Pool {
    pub(super) fn new(cells: usize, cap: usize) -> Pool {
        let shared = new_slab(cells);
        let mut all = Vec::with_capacity(cap + 1);
        all.push(shared);
        let lists = Lists { all, free: Vec::with_capacity(cap), pending: 0 };
        Pool {
            cells,
            cap,
            room: AtomicUsize::new(cap),
            len: AtomicUsize::new(1),
            shared,
            lists: Mutex::new(lists),
        }
    }

    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A slab that no other thread has, or nothing if there are too many threads.
    pub(super) fn take(&self) -> Option<Slab> {
        if self.room.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut lists = self.lists();
        if let Some(slab) = lists.free.pop() {
            self.room.fetch_sub(1, Ordering::Relaxed);
            return Some(slab);
        }
        // The shared one is in the list too.
        if lists.all.len() - 1 + lists.pending >= self.cap {
            return None;
        }
        lists.pending += 1;
        self.room.fetch_sub(1, Ordering::Relaxed);
        drop(lists);
        let slab = new_slab(self.cells);
        let mut lists = self.lists();
        lists.pending -= 1;
        lists.all.push(slab);
        self.len.store(lists.all.len(), Ordering::Release);
        Some(slab)
    }

    /// Takes a slab back, for the next thread.
    pub(super) fn give_back(&self, slab: Slab) {
        self.lists().free.push(slab);
        self.room.fetch_add(1, Ordering::Relaxed);
    }

    /// The cells of all threads that have none of their own, to be updated by locked instructions.
    pub(super) fn shared(&self) -> Slab {
        self.shared
    }

    /// How many slabs there can be, the shared one included.
    pub(super) fn max_slabs(&self) -> usize {
        self.cap + 1
    }

    /// How many slabs there are, the shared one included.
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    /// Puts every slab into `slabs`, which should have room for them.
    pub(super) fn slabs(&self, slabs: &mut Vec<Slab>) {
        slabs.clear();
        slabs.extend_from_slice(&self.lists().all);
    }
}

fn new_slab(cells: usize) -> Slab {
    Box::leak((0..cells).map(|_| AtomicU64::new(0)).collect())
}
