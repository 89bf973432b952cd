//! What one series of calls counts in: how many started, how many ended in each way, and how long
//! they took.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::outcome::{End, Outcomes, ends};
use crate::family::{Cells, Handle, Reading, Store, Stored, Target, Which};
use crate::labels::Values;
use crate::metric::bucket_of;
use crate::number::Number;
use crate::place::Shape;
use crate::storage::{self, Clearable, HistogramCells, IS_RECORDING, Observation, Shared, running};
use crate::unit::{Amount, Nanoseconds, Representation, Seconds, Whole};

/// What is kept of calls for each set of labels; errors may be of the kinds `E`.
#[derive(Debug)]
pub struct CallSeries<E>(PhantomData<fn() -> E>);

/// What is known of all calls of a store.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct CallFacts {
    /// The kinds of errors; open if there are none.
    pub(super) kinds: Values,
    /// The outcomes that show before there is one.
    pub(super) expected: Outcomes,
    /// Whether calls are timed.
    pub(super) has_durations: bool,
}

/// What can be read of a series.
pub(super) trait Numbers {
    /// How many calls have ended in one way since the series was cleared.
    fn ended(&self, end: usize) -> u64;

    fn running(&self) -> u64;

    /// Adds the buckets of the durations, and gives their sum.
    fn durations(&self, counts: &mut [u64]) -> Number;
}

/// The place of the numbers of calls, and that of their durations.
const NUMBERS: usize = 0;
const DURATIONS: usize = 1;

/// At the place of the numbers, how many calls have started; behind it stand the endings.
const STARTED: usize = 0;
const ENDED: usize = 1;

/// The cells of a series that has some of its own.
pub struct CallCells {
    started: Shared,
    ended: Box<[Clearable]>,
    durations: HistogramCells,
}

impl CallCells {
    fn new(ends: usize, buckets: usize) -> CallCells {
        CallCells {
            started: Shared::new(),
            ended: (0..ends).map(|_| Clearable::new()).collect(),
            durations: HistogramCells::new(buckets),
        }
    }

    /// Adds one to the cell of that number at the place of the numbers, and gives what was in it.
    fn inc(&self, cell: usize) -> Option<u64> {
        match cell.checked_sub(ENDED) {
            None => Some(self.started.add::<Whole>(1)),
            Some(end) => self.ended.get(end).map(Clearable::inc),
        }
    }

    fn all_ended(&self) -> u64 {
        self.ended.iter().fold(0, |sum, ended| sum.wrapping_add(ended.ever()))
    }
}

impl Numbers for CallCells {
    fn ended(&self, end: usize) -> u64 {
        self.ended.get(end).map_or(0, Clearable::since_cleared)
    }

    fn running(&self) -> u64 {
        running(|| self.started.bits(), || self.all_ended())
    }

    fn durations(&self, counts: &mut [u64]) -> Number {
        self.durations.read::<Nanoseconds>(counts)
    }
}

impl Cells for CallCells {
    fn bits(&self) -> u64 {
        self.running()
    }

    fn is_touched(&self) -> bool {
        self.started.bits() != 0 || self.all_ended() != 0
    }

    /// What is running is in use.
    fn has_changed(&self, last: &mut u64) -> bool {
        let ended = self.all_ended();
        std::mem::replace(last, ended) != ended || self.running() != 0
    }
}

impl<E: 'static> Stored for CallSeries<E> {
    type Cells = CallCells;
    type Facts = CallFacts;

    fn cells(store: &Store<Self>) -> CallCells {
        CallCells::new(ends(store.more.kinds), store.buckets())
    }

    fn shapes(store: &Store<Self>) -> [Option<Shape>; 2] {
        let durations = Shape::Histogram { buckets: store.buckets(), is_integral: true };
        [Some(Shape::Whole(width(store))), store.more.has_durations.then_some(durations)]
    }

    /// What runs goes on running.
    fn reset(cells: &CallCells) {
        cells.ended.iter().for_each(Clearable::clear);
        cells.durations.reset();
    }
}

/// How many cells a series has at the place of the numbers.
fn width<E: 'static>(store: &Store<CallSeries<E>>) -> usize {
    ENDED + ends(store.more.kinds)
}

/// What a closed series has counted, in slabs since it was cleared and in its own cells.
impl<E: 'static> Numbers for Reading<'_, CallSeries<E>> {
    fn ended(&self, end: usize) -> u64 {
        let own = self.own().map_or(0, |cells| cells.ended(end));
        own.wrapping_add(self.in_slabs(NUMBERS, ENDED + end))
    }

    fn running(&self) -> u64 {
        let now = |read: &Reading<'_, CallSeries<E>>| {
            let own = |pick: fn(&CallCells) -> u64| read.own().map_or(0, pick);
            running(
                || own(|cells| cells.started.bits()).wrapping_add(read.now(NUMBERS, STARTED)),
                || {
                    let ended = (ENDED..width(read.store)).map(|cell| read.now(NUMBERS, cell));
                    ended.fold(own(CallCells::all_ended), u64::wrapping_add)
                },
            )
        };
        let running = now(self);
        if storage::is_current(self.totals) {
            return running;
        }
        // A start may stand in a slab that is newer than the totals, and its ending in one that
        // is not.
        let totals = &self.store.totals(self.member);
        now(&Reading { store: self.store, member: self.member, totals })
    }

    fn durations(&self, counts: &mut [u64]) -> Number {
        let zero = Nanoseconds::sum(0);
        let slabs = self.block_in_slabs(DURATIONS, counts).map_or(zero, Nanoseconds::sum);
        self.own().map_or(slabs, |cells| slabs.plus(cells.durations(counts)))
    }
}

#[inline]
fn add_in_slabs<E: 'static>(store: &Store<CallSeries<E>>, row: usize, cell: usize) -> Option<u64> {
    // Without labels there is one row, and nothing to multiply.
    let first = if row == 0 { 0 } else { row * width(store) };
    storage::add::<Whole>(&store.places[NUMBERS], first + cell, 1)
}

impl<'a, T: Target<CallSeries<E>>, E: 'static> Handle<'a, T, CallSeries<E>> {
    /// Counts a call that starts, and gives how many have started in that one cell before it.
    #[inline]
    pub(super) fn count_start(&self) -> u64 {
        self.add(STARTED)
    }

    /// Counts a call that ends.
    #[inline]
    pub(super) fn count_end(&self, end: End) {
        self.add(ENDED + end.0);
    }

    #[inline]
    fn add(&self, cell: usize) -> u64 {
        if IS_RECORDING
            && let Some(row) = self.series.member()
            && let Some(before) = add_in_slabs(self.store, row, cell)
        {
            return before;
        }
        self.add_slowly(cell)
    }

    /// The same, for all that is not in slabs.
    #[inline(never)]
    fn add_slowly(&self, cell: usize) -> u64 {
        let before = Cell::new(0);
        self.update(
            |_, _| false,
            |cells| match cells.inc(cell) {
                Some(count) => before.set(count),
                None => self.store.rejected.count(),
            },
        );
        before.get()
    }

    /// Counts how long a call took, which stands for `weight` calls.
    #[inline]
    pub(super) fn observe(&self, elapsed: Duration, weight: u64) {
        let Some(bits) = Amount::<Seconds>::bits(elapsed) else {
            return self.store.rejected.count();
        };
        // Most calls are shorter than the lowest bound, which needs no search.
        let bucket = match &*self.store.facts.stored_bounds {
            [lowest, ..] if bits <= *lowest => 0,
            bounds => bucket_of::<Nanoseconds>(bounds, bits),
        };
        let seen = Observation { bucket, bits, weight };
        self.update(
            |store, row| {
                let member = (row, store.buckets());
                storage::observe::<Nanoseconds>(&store.places[DURATIONS], member, seen)
            },
            |cells| {
                if !cells.durations.observe::<Nanoseconds>(seen) {
                    self.store.rejected.count();
                }
            },
        );
    }

    /// Reads the series, if there is one.
    pub(super) fn read<R>(&self, read: impl FnOnce(&dyn Numbers) -> R) -> Option<R> {
        self.series.read(self.store, |which| match which {
            Some(Which::Own(cells)) => Some(read(cells)),
            Some(Which::Member(row)) => {
                let totals = &self.store.totals(row);
                Some(read(&Reading { store: self.store, member: row, totals }))
            }
            None => None,
        })
    }
}

impl fmt::Debug for CallCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallCells")
    }
}
