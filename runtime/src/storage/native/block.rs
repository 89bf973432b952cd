//! A block of a native histogram: tables that one thread at a time writes, and that are read
//! between two observations without waiting for the writer.
//!
//! A value counts in one slot of a table, and an observation takes three steps, as in
//! [`block`](super::super::block): the new sum is stored in the other one of two cells, then the
//! slot is incremented, then the state. Whether the slots hold as many observations as the state
//! says or one more tells a reader which of the sums belongs to them.
//!
//! Any other change of a table (more slots, another resolution, a reset) first fills another table,
//! and then makes it the current one through the *version*. So a writer that stops in between has
//! changed nothing, and a reader retries if the version has changed.

use super::options::NativeOptions;
use super::resolution::Resolution;
use super::table::{LEVELS, Lookup, NativeObservation, Table, TableSlot};
use super::{Clock, SharedState};
use crate::sync::{AtomicU64, OnceBox, Ordering, spin_loop, yield_now};
use crate::unit::Representation;

#[derive(Debug)]
pub(super) struct Block {
    /// Whether a thread is writing, and above that the number of counted observations.
    state: AtomicU64,
    /// Which table is current, and how many there were before it; 0 before the first.
    version: AtomicU64,
    /// Two tables of each size, created when needed: one may be read while the other is filled.
    tables: [[OnceBox<Table>; 2]; LEVELS],
    pub(super) next: OnceBox<Block>,
}

/// A thread is writing, and no other may enter.
const INSIDE: u64 = 1;
/// One observation in the state.
const ONE: u64 = 2;

/// The parts of a version: one of two tables, the level, and the number of earlier versions.
const SIDE: u64 = 1;
const LEVEL_SHIFT: u32 = 1;
const VERSION_SHIFT: u32 = 8;

/// The reason why an observation was not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Another thread is writing.
    Occupied,
    /// Its bucket has no slot yet, or the table has another resolution: see
    /// [`change_and_observe`](Block::change_and_observe).
    Unprepared,
    /// A table has to be created first, which is done outside the block.
    NoTable(TableId),
    /// There is no larger table.
    Full,
}

/// One of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableId {
    level: usize,
    side: usize,
}

/// The number of changes after which an observation is given up. It is never reached, since each
/// change but the last makes the histogram coarser.
const CHANGES: usize = 1 << 16;

/// The number of tries of a reader, see [`block`](super::super::block).
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

    /// Counts an observation whose bucket has a slot.
    #[inline]
    pub(super) fn observe<R: Representation>(
        &self,
        common: &SharedState,
        seen: impl FnOnce() -> NativeObservation,
    ) -> Result<(), Obstacle> {
        let state = self.enter().ok_or(Obstacle::Occupied)?;
        // The observation is computed only after entering: a locked instruction waits for what
        // precedes it, but not for what follows it.
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

    /// Returns the table and the slot in which an observation counts, if there is such a slot yet.
    #[inline]
    pub(super) fn slot_of<R: Representation>(
        &self,
        seen: &NativeObservation,
    ) -> Option<(&Table, &TableSlot)> {
        let (table, _) = self.current()?;
        match table.find(table.key_of::<R>(seen)) {
            Lookup::Taken(slot) => Some((table, slot)),
            _ => None,
        }
    }

    /// Counts an observation, after any changes that it needs.
    pub(super) fn change_and_observe<R: Representation>(
        &self,
        common: &SharedState,
        options: &NativeOptions,
        seen: &NativeObservation,
        clock: Clock,
    ) -> Result<(), Obstacle> {
        let state = self.enter().ok_or(Obstacle::Occupied)?;
        for _ in 0..CHANGES {
            match self.slot_or_change::<R>(common, options, seen, (state / ONE, clock)) {
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

    /// Makes one change that an observation needs, or returns its slot.
    fn slot_or_change<R: Representation>(
        &self,
        common: &SharedState,
        options: &NativeOptions,
        seen: &NativeObservation,
        (count, clock): (u64, Clock),
    ) -> Result<Option<(&Table, &TableSlot)>, Obstacle> {
        let now = common.now();
        let resolution = Resolution::from_bits(now);
        let Some((table, which)) = self.current() else {
            self.replace(TableId { level: 0, side: 0 }, None, resolution, count, options)?;
            return Ok(None);
        };
        let of_table = Resolution::from_bits(table.resolution.load(Ordering::Relaxed));
        if of_table.epoch != resolution.epoch {
            let smallest = TableId { level: 0, side: 0 };
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
            Lookup::Taken(slot) => return Ok(Some((table, slot))),
            Lookup::Free(slot, is_shared) if table.has_room() => (slot, is_shared),
            Lookup::Free(..) | Lookup::Full => {
                let level = which.level + 1;
                self.replace(TableId { level, side: 0 }, Some(table), resolution, count, options)?;
                return Ok(None);
            }
        };
        let is_new = key.bucket.index().is_some() && !is_shared;
        let is_over = is_new && table.populated() >= options.limit();
        if is_over || resolution.is_limited {
            let time = clock();
            if options.allows_reset_after(time.saturating_sub(common.started())) {
                common.begin_epoch(now, time);
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
                // If this fails, another thread has changed the resolution: the next try sees it.
                common.set(now, coarser.to_bits());
                return Ok(None);
            }
        }
        table.take(slot, key, is_shared);
        Ok(Some((table, slot)))
    }

    /// Fills a table, and makes it the current one.
    fn replace(
        &self,
        which: TableId,
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

    /// Returns a table if it was created.
    fn table(&self, which: TableId) -> Result<&Table, Obstacle> {
        let tables = self.tables.get(which.level).ok_or(Obstacle::Full)?;
        let table = tables.get(which.side).and_then(|table| table.get());
        table.ok_or(Obstacle::NoTable(which))
    }

    /// Creates a missing table. The caller must not have entered the block.
    pub(super) fn make_table(&self, which: TableId) {
        let tables = self.tables.get(which.level);
        if let Some(table) = tables.and_then(|tables| tables.get(which.side)) {
            table.get_or_init(|| Box::new(Table::new(which.level)));
        }
    }

    /// Returns the current table, if there is one yet.
    #[inline]
    fn current(&self) -> Option<(&Table, TableId)> {
        self.named(self.version.load(Ordering::Relaxed))
    }

    #[inline]
    fn named(&self, version: u64) -> Option<(&Table, TableId)> {
        let level = (version >> LEVEL_SHIFT) as usize % LEVELS;
        let side = (version & SIDE) as usize;
        if version == 0 {
            return None;
        }
        Some((self.tables[level][side].get()?, TableId { level, side }))
    }

    /// Enters unless another thread is writing, and returns the previous state.
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

    /// Counts an observation, and leaves the block.
    #[inline]
    fn count<R: Representation>(&self, table: &Table, slot: &TableSlot, state: u64, bits: u64) {
        table.count::<R>(slot, state / ONE, bits);
        self.state.store(state.wrapping_add(ONE), Ordering::Release);
    }

    /// Returns how many observations were ever counted.
    pub(super) fn observations(&self) -> u64 {
        self.state.load(Ordering::Acquire) / ONE
    }

    /// Copies the current table as it was between two observations.
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
                let counted = state / ONE;
                // One observation more than the state says is in the slots, and in the next sum.
                let is_counted = count.wrapping_mul(ONE) == state & !INSIDE;
                copy.sum = table.sum(if is_counted { counted } else { counted.wrapping_add(1) });
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

impl TableId {
    /// Returns the other table of the same size.
    fn beside(self) -> TableId {
        TableId { side: self.side ^ 1, ..self }
    }
}

/// The contents of a block at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Copied {
    /// `None` before the first observation.
    pub(super) resolution: Option<Resolution>,
    /// The bits of each key, with its count.
    pub(super) slots: Vec<(u64, u64)>,
    pub(super) sum: u128,
}
