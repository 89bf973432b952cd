//! A block of a native histogram: the tables that one thread at a time writes, and that are read
//! between two observations without ever waiting for the writer.
//!
//! A value counts in one slot of a table, and an observation is three steps, as in
//! [`block`](super::super::block): the new sum goes into the other one of two cells, then the slot
//! is counted up, and then the state. Whether the slots hold as many as the state says or one more
//! tells a reader which of the sums is theirs.
//!
//! What changes a table otherwise (room for more, another resolution, a reset) fills another table
//! first, and then says by the *version* that this is the one. So a writer that stops in between has
//! changed nothing, and a reader looks again if the version has moved.

use super::options::NativeOptions;
use super::resolution::Resolution;
use super::table::{Found, LEVELS, NativeObservation, Slot, Table};
use super::{Clock, Common};
use crate::sync::{AtomicU64, OnceBox, Ordering, spin_loop, yield_now};
use crate::unit::Representation;

#[derive(Debug)]
pub(super) struct Block {
    /// Whether a thread is inside, and above that how many observations were counted.
    state: AtomicU64,
    /// Which table counts, and how many were there before it; 0 before the first.
    version: AtomicU64,
    /// Two tables of each size, made when they are needed: one may be read while another is filled.
    tables: [[OnceBox<Table>; 2]; LEVELS],
    pub(super) next: OnceBox<Block>,
}

/// A thread is inside, and no other may enter.
const INSIDE: u64 = 1;
/// One observation.
const ONE: u64 = 2;

/// Which table a version names: one of two, the level, and how many versions were before it.
const SIDE: u64 = 1;
const LEVEL_SHIFT: u32 = 1;
const VERSION_SHIFT: u32 = 8;

/// Why an observation was not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Another thread is inside.
    Occupied,
    /// It has no bucket yet, or the table is of another resolution: see
    /// [`change_and_observe`](Block::change_and_observe).
    Unprepared,
    /// A table has to be made first, which is done outside.
    NoTable(Which),
    /// There is no larger table.
    Full,
}

/// One of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Which {
    level: usize,
    side: usize,
}

/// How often an observation changes something before it gives up. Each but the last makes the
/// histogram coarser, so this many are never needed.
const CHANGES: usize = 1 << 16;

/// A writer moves only so often while a reader looks, see [`block`](super::super::block).
const TRIES: u32 = 1 << 20;

impl Block {
    pub(super) fn new() -> Block {
        Block {
            state: AtomicU64::new(0),
            version: AtomicU64::new(0),
            tables: std::array::from_fn(|_| std::array::from_fn(|_| OnceBox::new())),
            next: OnceBox::new(),
        }
    }

    /// Counts an observation in a bucket that was counted in before.
    #[inline]
    pub(super) fn observe<R: Representation>(
        &self,
        common: &Common,
        seen: impl FnOnce() -> NativeObservation,
    ) -> Result<(), Obstacle> {
        let state = self.enter().ok_or(Obstacle::Occupied)?;
        // Not before: a locked instruction waits for what comes before it, and what comes after it
        // is done at once.
        let seen = seen();
        match self.slot_of::<R>(&seen) {
            Some((table, slot)) if table.resolution.load(Ordering::Relaxed) == common.now() => {
                self.count::<R>(table, slot, state, seen.bits);
                Ok(())
            }
            _ => {
                self.leave(state);
                Err(Obstacle::Unprepared)
            }
        }
    }

    /// Where an observation counts, if there is such a place yet.
    #[inline]
    pub(super) fn slot_of<R: Representation>(
        &self,
        seen: &NativeObservation,
    ) -> Option<(&Table, &Slot)> {
        let (table, _) = self.current()?;
        match table.find(table.key_of::<R>(seen)) {
            Found::Taken(slot) => Some((table, slot)),
            _ => None,
        }
    }

    /// Counts an observation, whatever has to be changed for it.
    pub(super) fn change_and_observe<R: Representation>(
        &self,
        common: &Common,
        options: &NativeOptions,
        seen: &NativeObservation,
        clock: Clock,
    ) -> Result<(), Obstacle> {
        let state = self.enter().ok_or(Obstacle::Occupied)?;
        for _ in 0..CHANGES {
            match self.prepare::<R>(common, options, seen, (state / ONE, clock)) {
                Ok(Some((table, slot))) => {
                    self.count::<R>(table, slot, state, seen.bits);
                    return Ok(());
                }
                Ok(None) => {}
                Err(obstacle) => {
                    self.leave(state);
                    return Err(obstacle);
                }
            }
        }
        self.leave(state);
        Err(Obstacle::Full)
    }

    /// Changes one thing that stands in the way of an observation, or finds its slot.
    fn prepare<R: Representation>(
        &self,
        common: &Common,
        options: &NativeOptions,
        seen: &NativeObservation,
        (count, clock): (u64, Clock),
    ) -> Result<Option<(&Table, &Slot)>, Obstacle> {
        let now = common.now();
        let resolution = Resolution::from_bits(now);
        let Some((table, which)) = self.current() else {
            self.replace(Which { level: 0, side: 0 }, None, resolution, count, options)?;
            return Ok(None);
        };
        let of_table = Resolution::from_bits(table.resolution.load(Ordering::Relaxed));
        if of_table.epoch != resolution.epoch {
            let smallest = Which { level: 0, side: 0 };
            let other = if which == smallest { which.beside() } else { smallest };
            self.replace(other, None, resolution, count, options)?;
            return Ok(None);
        }
        if of_table != resolution {
            self.replace(which.beside(), Some(table), resolution, count, options)?;
            return Ok(None);
        }
        let key = table.key_of::<R>(seen);
        let (slot, is_shared) = match table.find(key) {
            Found::Taken(slot) => return Ok(Some((table, slot))),
            Found::Free(slot, is_shared) if table.has_room() => (slot, is_shared),
            Found::Free(..) | Found::Full => {
                let level = which.level + 1;
                self.replace(Which { level, side: 0 }, Some(table), resolution, count, options)?;
                return Ok(None);
            }
        };
        let is_new = key.bucket.index().is_some() && !is_shared;
        let is_over = is_new && table.populated() >= options.limit();
        if is_over || resolution.is_limited {
            let time = clock();
            if options.allows_reset_after(time.saturating_sub(common.started())) {
                common.start_anew(now, time);
                return Ok(None);
            }
        }
        if is_over {
            let spare = self.table(which.beside())?;
            let mut coarser = resolution;
            loop {
                if !spare.fill(Some(table), coarser, count, options) {
                    return Err(Obstacle::Full);
                }
                let moved = resolution.moved(key.bucket, &coarser);
                let (populated, nearest) = spare.populated_with(moved);
                if populated <= options.limit() {
                    break;
                }
                match coarser.next(options, nearest) {
                    Some(next) => coarser = next,
                    None => {
                        coarser.is_limited = true;
                        break;
                    }
                }
            }
            if coarser != resolution {
                // Failing means that another thread has changed it: look again.
                common.set(now, coarser.to_bits());
                return Ok(None);
            }
        }
        table.take(slot, key, is_shared);
        Ok(Some((table, slot)))
    }

    /// Fills a table, and makes it the one that counts.
    fn replace(
        &self,
        which: Which,
        source: Option<&Table>,
        resolution: Resolution,
        count: u64,
        options: &NativeOptions,
    ) -> Result<(), Obstacle> {
        if !self.table(which)?.fill(source, resolution, count, options) {
            return Err(Obstacle::Full);
        }
        let before = self.version.load(Ordering::Relaxed) >> VERSION_SHIFT;
        let named = (which.level as u64) << LEVEL_SHIFT | which.side as u64;
        self.version.store(before.wrapping_add(1) << VERSION_SHIFT | named, Ordering::Release);
        Ok(())
    }

    /// A table, if it is made.
    fn table(&self, which: Which) -> Result<&Table, Obstacle> {
        let tables = self.tables.get(which.level).ok_or(Obstacle::Full)?;
        let table = tables.get(which.side).and_then(|table| table.get());
        table.ok_or(Obstacle::NoTable(which))
    }

    /// Makes a table that is missing. The caller is not inside.
    pub(super) fn make_table(&self, which: Which) {
        let tables = self.tables.get(which.level);
        if let Some(table) = tables.and_then(|tables| tables.get(which.side)) {
            table.get_or_init(|| Box::new(Table::new(which.level)));
        }
    }

    /// The table that counts, if there is one yet.
    #[inline]
    fn current(&self) -> Option<(&Table, Which)> {
        self.named(self.version.load(Ordering::Relaxed))
    }

    #[inline]
    fn named(&self, version: u64) -> Option<(&Table, Which)> {
        let level = (version >> LEVEL_SHIFT) as usize % LEVELS;
        let side = (version & SIDE) as usize;
        if version == 0 {
            return None;
        }
        Some((self.tables[level][side].get()?, Which { level, side }))
    }

    /// Enters if no other thread is inside, and gives the state that there was.
    #[inline]
    pub(super) fn enter(&self) -> Option<u64> {
        let before = self.state.load(Ordering::Relaxed);
        if before & INSIDE != 0 {
            return None;
        }
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        self.state.compare_exchange(before, before | INSIDE, success, failure).ok()
    }

    pub(super) fn leave(&self, state: u64) {
        self.state.store(state, Ordering::Release);
    }

    /// Counts, and leaves.
    #[inline]
    fn count<R: Representation>(&self, table: &Table, slot: &Slot, state: u64, bits: u64) {
        table.count::<R>(slot, state / ONE, bits);
        self.state.store(state.wrapping_add(ONE), Ordering::Release);
    }

    /// How many observations were ever counted.
    pub(super) fn observations(&self) -> u64 {
        self.state.load(Ordering::Acquire) / ONE
    }

    /// Copies what counts, as it was between two observations.
    pub(super) fn read(&self, copy: &mut Copied) {
        for tries in 0..TRIES {
            let state = self.state.load(Ordering::Acquire);
            let version = self.version.load(Ordering::Acquire);
            copy.slots.clear();
            copy.resolution = None;
            if let Some((table, _)) = self.named(version) {
                copy.slots.reserve(table.len());
                let resolution = table.resolution.load(Ordering::Acquire);
                copy.resolution = Some(Resolution::from_bits(resolution));
                let mut count = table.base.load(Ordering::Acquire);
                for slot in table.all_slots() {
                    let in_slot = slot.count.load(Ordering::Acquire);
                    if in_slot != 0 {
                        count = count.wrapping_add(in_slot);
                        copy.slots.push((slot.key.load(Ordering::Acquire), in_slot));
                    }
                }
                let said = state / ONE;
                // One more than the state says: that one has its sum already.
                let is_said = count.wrapping_mul(ONE) == state & !INSIDE;
                copy.sum = table.sum(if is_said { said } else { said.wrapping_add(1) });
            }
            let is_still = self.version.load(Ordering::Relaxed) == version
                && self.state.load(Ordering::Relaxed) == state;
            if is_still {
                return;
            }
            if tries < 100 { spin_loop() } else { yield_now() }
        }
    }
}

impl Which {
    /// The other one of that size.
    fn beside(self) -> Which {
        Which { side: self.side ^ 1, ..self }
    }
}

/// What a block held at one moment.
#[derive(Debug, Default)]
pub(super) struct Copied {
    /// Nothing before the first observation.
    pub(super) resolution: Option<Resolution>,
    /// The bits of the keys, and their counts.
    pub(super) slots: Vec<(u64, u64)>,
    pub(super) sum: u128,
}
