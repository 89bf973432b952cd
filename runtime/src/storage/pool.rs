//! Slabs, and who has which.
//!
//! When a thread ends its slab goes to the next new thread, which carries on counting in it.
//! Counts are never moved, so none can be lost or counted twice. There is no lock, which a thread
//! could hold that a forked child does not have.

use crate::place::Slab;
use crate::process;
use crate::sync::{AtomicU32, AtomicU64, AtomicUsize, OnceBox, Ordering};

/// All slabs of the process.
pub(super) struct Pool {
    /// Cells in each.
    cells: usize,
    /// At most so many threads have a slab; a further one counts in the shared one.
    cap: usize,
    /// How many threads could have a slab that none has now.
    room: AtomicUsize,
    /// How many slabs were ever made, the shared one included.
    made: AtomicUsize,
    /// For threads without one of their own.
    shared: Slab,
    /// Twice as many as threads may have: those of threads that a fork has left behind may be lost.
    slots: Box<[Slot]>,
}

/// Where a slab is, once it was made.
struct Slot {
    /// The process whose thread has it; [`FREE`] if none has.
    owner: AtomicU32,
    slab: OnceBox<Slab>,
}

const FREE: u32 = 0;

/// A slab that a thread has, and where it goes back to.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub(super) slab: Slab,
    slot: usize,
}

impl Pool {
    pub(super) fn new(cells: usize, cap: usize) -> Pool {
        let slot = |_| Slot { owner: AtomicU32::new(FREE), slab: OnceBox::new() };
        Pool {
            cells,
            cap,
            room: AtomicUsize::new(cap),
            made: AtomicUsize::new(1),
            shared: new_slab(cells),
            slots: (0..2 * cap).map(slot).collect(),
        }
    }

    /// A slab that no other thread has, or nothing if there are too many threads.
    pub(super) fn take(&self) -> Option<Taken> {
        let less = |room: usize| room.checked_sub(1);
        // Who sees that there is room sees which slab is free.
        self.room.fetch_update(Ordering::Acquire, Ordering::Relaxed, less).ok()?;
        let process = process::id();
        for (slot, Slot { owner, slab }) in self.slots.iter().enumerate() {
            // What the last owner wrote is seen by the next one.
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
            return Some(Taken { slab, slot });
        }
        self.room.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// Takes a slab back, for the next thread.
    pub(super) fn give_back(&self, taken: Taken) {
        if let Some(slot) = self.slots.get(taken.slot) {
            slot.owner.store(FREE, Ordering::Release);
            self.room.fetch_add(1, Ordering::Release);
        }
    }

    /// The cells of all threads that have none of their own, to be updated by locked instructions.
    pub(super) fn shared(&self) -> Slab {
        self.shared
    }

    /// How many slabs were ever made, the shared one included.
    pub(super) fn made(&self) -> usize {
        self.made.load(Ordering::Acquire)
    }

    /// Puts every slab into `slabs`, and says how many there were at least.
    pub(super) fn slabs(&self, slabs: &mut Vec<Slab>) -> usize {
        slabs.clear();
        let made = self.made();
        slabs.reserve(made);
        slabs.push(self.shared);
        slabs.extend(self.slots.iter().filter_map(|slot| slot.slab.get()));
        made
    }

    /// Makes room for the threads of a process that was just forked. `own` is the slab of the thread
    /// that asks. If that was taken before the fork, this is the one thread that lives on, and all
    /// others' slabs are free again, once `mend` has taken back what they left half done.
    pub(super) fn after_fork(&self, own: Option<Taken>, mend: impl Fn(Slab)) {
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
        let is_own = |slot: &&Slot| slot.owner.load(Ordering::Relaxed) == process;
        let taken = self.slots.iter().filter(is_own).count();
        self.room.store(self.cap.saturating_sub(taken), Ordering::Relaxed);
    }
}

fn new_slab(cells: usize) -> Slab {
    Box::leak((0..cells).map(|_| AtomicU64::new(0)).collect())
}
