//! Slabs and their owners.
//!
//! When a thread ends, its slab goes to the next new thread, which continues its counts. Counts are
//! never moved, so none can be lost or counted twice. There is no lock, since a forked child may
//! not have the thread that holds it.

use crate::place::Slab;
use crate::process;
use crate::sync::{AtomicU32, AtomicU64, AtomicUsize, OnceBox, Ordering};

/// All slabs of the process.
pub(super) struct Pool {
    /// The number of cells of each slab.
    cells: usize,
    /// The largest number of threads with a slab; further threads count in the shared one.
    cap: usize,
    /// How many more threads may take a slab.
    room: AtomicUsize,
    /// The number of slabs ever created, the shared one included.
    made: AtomicUsize,
    /// The slab of threads without one of their own.
    shared: Slab,
    /// Twice as many as `cap`, since slabs of threads that did not survive a fork may be lost.
    slots: Box<[PoolSlot]>,
}

/// A place for a slab, which is created when first needed.
struct PoolSlot {
    /// The process whose thread has the slab; [`FREE`] if none has.
    owner: AtomicU32,
    slab: OnceBox<Slab>,
}

const FREE: u32 = 0;

/// A slab taken by a thread, and the slot to return it to.
#[derive(Clone, Copy)]
pub(super) struct TakenSlab {
    pub(super) slab: Slab,
    slot: usize,
}

impl Pool {
    pub(super) fn new(cells: usize, cap: usize) -> Pool {
        let slot = |_| PoolSlot { owner: AtomicU32::new(FREE), slab: OnceBox::new() };
        Pool {
            cells,
            cap,
            room: AtomicUsize::new(cap),
            made: AtomicUsize::new(1),
            shared: new_slab(cells),
            slots: (0..2 * cap).map(slot).collect(),
        }
    }

    /// Takes a slab that no other thread has. `None` if there are too many threads.
    pub(super) fn take(&self) -> Option<TakenSlab> {
        let less = |room: usize| room.checked_sub(1);
        // A thread that sees the room also sees which slot is free.
        self.room.fetch_update(Ordering::Acquire, Ordering::Relaxed, less).ok()?;
        let process = process::id();
        for (slot, PoolSlot { owner, slab }) in self.slots.iter().enumerate() {
            // The next owner sees what the last one wrote.
            let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
            if owner.load(Ordering::Relaxed) != FREE
                || owner.compare_exchange(FREE, process, success, failure).is_err()
            {
                continue;
            }
            let made = slab.get().copied();
            let slab = made.unwrap_or_else(|| {
                let made = *slab.get_or_init(|| Box::new(new_slab(self.cells)));
                self.made.fetch_add(1, Ordering::Release);
                made
            });
            return Some(TakenSlab { slab, slot });
        }
        self.room.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// Returns a slab to the pool, for the next thread.
    pub(super) fn give_back(&self, taken: TakenSlab) {
        if let Some(slot) = self.slots.get(taken.slot) {
            slot.owner.store(FREE, Ordering::Release);
            self.room.fetch_add(1, Ordering::Release);
        }
    }

    /// Returns the slab of threads without one of their own, which is updated by locked
    /// instructions.
    pub(super) fn shared(&self) -> Slab {
        self.shared
    }

    /// Returns the number of slabs ever created, the shared one included.
    pub(super) fn made(&self) -> usize {
        self.made.load(Ordering::Acquire)
    }

    /// Replaces the contents of `slabs` with all slabs, and returns their least number.
    pub(super) fn slabs(&self, slabs: &mut Vec<Slab>) -> usize {
        slabs.clear();
        let made = self.made();
        slabs.reserve(made);
        slabs.push(self.shared);
        slabs.extend(self.slots.iter().filter_map(|slot| slot.slab.get()));
        made
    }

    /// Makes room for the threads of a forked child. `own` is the slab of the calling thread. If it
    /// was taken before the fork, this is the only thread that survived, so all other slabs are
    /// freed after `mend` has undone what their owners left half done.
    pub(super) fn after_fork(&self, own: Option<TakenSlab>, mend: impl Fn(Slab)) {
        let process = process::id();
        let of_parent = |owner: u32| owner != FREE && owner != process;
        let own = own.and_then(|own| Some((own.slot, self.slots.get(own.slot)?)));
        let own = own.filter(|(_, slot)| of_parent(slot.owner.load(Ordering::Relaxed)));
        if let Some((own, slot)) = own {
            slot.owner.store(process, Ordering::Relaxed);
            for (index, slot) in self.slots.iter().enumerate() {
                if index != own && of_parent(slot.owner.load(Ordering::Relaxed)) {
                    slot.slab.get().copied().into_iter().for_each(&mend);
                    slot.owner.store(FREE, Ordering::Release);
                }
            }
        }
        let is_own = |slot: &&PoolSlot| slot.owner.load(Ordering::Relaxed) == process;
        let taken = self.slots.iter().filter(is_own).count();
        self.room.store(self.cap.saturating_sub(taken), Ordering::Relaxed);
    }
}

fn new_slab(cells: usize) -> Slab {
    Box::leak((0..cells).map(|_| AtomicU64::new(0)).collect())
}
