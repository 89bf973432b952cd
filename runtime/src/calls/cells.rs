//! The cells of a series of calls: how many started, how many ended in each way, and how long they
//! took.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::outcome::{End, Outcomes, ends};
use crate::labels::ValueSet;
use crate::metric::bucket_of;
use crate::number::Number;
use crate::place::{Place, Shape};
use crate::read::PointBuffers;
use crate::series::{AnySeries, Bounds, Handle, Reading, SeriesType, Stored, Target, has_moved};
use crate::storage::{
    self, Clearable, HistogramCells, IS_RECORDING, Observation, SharedCell, running,
};
use crate::unit::{Amount, Nanoseconds, Representation, Seconds, Whole};

/// The metric that is kept for each label set of calls. `E` is the kind of errors.
#[derive(Debug)]
pub struct CallSeries<E>(PhantomData<fn() -> E>);

/// What all calls of a store share.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct CallFacts {
    /// The bounds of the durations.
    pub(super) bounds: Bounds,
    /// The kinds of errors; open if there are none.
    pub(super) kinds: ValueSet,
    /// The number of cells of a series at the place [`NUMBERS`].
    width: usize,
    /// The outcomes that are exposed before they occur.
    pub(super) expected: Outcomes,
    /// Whether calls are timed.
    pub(super) has_durations: bool,
}

impl CallFacts {
    pub(super) const fn new(
        bounds: Bounds,
        kinds: ValueSet,
        expected: Outcomes,
        has_durations: bool,
    ) -> CallFacts {
        CallFacts { bounds, kinds, width: ENDED + ends(kinds), expected, has_durations }
    }
}

/// The place of the numbers of calls, and that of their durations.
const NUMBERS: usize = 0;
const DURATIONS: usize = 1;

/// The cells at the place [`NUMBERS`]: the number of starts, followed by the numbers of ends.
const STARTED: usize = 0;
const ENDED: usize = 1;

/// The cells of a series outside slabs.
pub struct CallCells {
    started: SharedCell,
    ended: Box<[Clearable]>,
    durations: HistogramCells,
}

impl CallCells {
    fn new(ends: usize, buckets: usize) -> CallCells {
        CallCells {
            started: SharedCell::new(),
            ended: (0..ends).map(|_| Clearable::new()).collect(),
            durations: HistogramCells::new(buckets),
        }
    }

    /// Increments a cell by its index at the place [`NUMBERS`], and returns its previous value.
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

impl<E> SeriesType for CallSeries<E> {
    type Cells = CallCells;
    type Facts = CallFacts;
}

#[diagnostic::do_not_recommend]
impl<E: 'static> Stored for CallSeries<E> {
    fn cells(facts: &CallFacts) -> CallCells {
        CallCells::new(ends(facts.kinds), facts.bounds.buckets())
    }

    fn shapes(facts: &CallFacts) -> [Option<Shape>; 2] {
        let durations = Shape::Histogram { buckets: facts.bounds.buckets(), is_integral: true };
        [Some(Shape::Whole(facts.width)), facts.has_durations.then_some(durations)]
    }

    /// Discards all ends and durations; calls in progress stay counted.
    fn reset(cells: &CallCells) {
        cells.ended.iter().for_each(Clearable::clear);
        cells.durations.reset();
    }

    /// Returns whether the series has changed. One with a call in progress always has.
    fn has_changed(cells: &CallCells, last: &mut u64) -> bool {
        has_moved(cells.all_ended(), last)
            || running(|| cells.started.bits(), || cells.all_ended()) != 0
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        let is_touched = |cells: &CallCells| cells.started.bits() != 0 || cells.all_ended() != 0;
        read.own().is_some_and(is_touched)
            || (0..read.facts().width).any(|cell| read.in_slabs(NUMBERS, cell) != 0)
    }

    /// Adds the durations.
    fn distribution_in(read: &Reading<'_, Self>, buffers: &mut PointBuffers) -> Number {
        let buckets = &mut buffers.counts;
        buckets.resize(read.facts().bounds.buckets(), 0);
        let zero = Nanoseconds::sum(0);
        let slabs = read.block_in_slabs(DURATIONS, buckets).map_or(zero, Nanoseconds::sum);
        read.own().map_or(slabs, |cells| slabs.plus(cells.durations.read::<Nanoseconds>(buckets)))
    }
}

impl<E: 'static> Reading<'_, CallSeries<E>> {
    /// Returns how many calls have ended in one way since the series was last reset.
    pub(super) fn ended(&self, end: usize) -> u64 {
        let own = self.own().and_then(|cells| cells.ended.get(end));
        own.map_or(0, Clearable::since_cleared).wrapping_add(self.in_slabs(NUMBERS, ENDED + end))
    }

    /// Returns the number of calls in progress.
    pub(super) fn in_progress(&self) -> u64 {
        self.running(
            |read| {
                let own = read.own().map_or(0, |cells| cells.started.bits());
                own.wrapping_add(read.now(NUMBERS, STARTED))
            },
            |read| {
                let ended = (ENDED..read.facts().width).map(|cell| read.now(NUMBERS, cell));
                ended.fold(read.own().map_or(0, CallCells::all_ended), u64::wrapping_add)
            },
        )
    }
}

#[inline]
fn add_in_slabs(places: &[Place], facts: &CallFacts, position: usize, cell: usize) -> Option<u64> {
    // Without labels there is only one series, and no need to multiply.
    let first = if position == 0 { 0 } else { position * facts.width };
    storage::add::<Whole>(&places[NUMBERS], first + cell, 1)
}

impl<'a, T: Target<CallSeries<E>>, E: 'static> Handle<'a, T, CallSeries<E>> {
    /// Counts the start of a call, and returns how many starts its cell had counted before.
    #[inline]
    pub(super) fn count_start(&self) -> u64 {
        self.add(STARTED)
    }

    /// Counts the end of a call.
    #[inline]
    pub(super) fn count_end(&self, end: End) {
        self.add(ENDED + end.0);
    }

    #[inline]
    fn add(&self, cell: usize) -> u64 {
        if IS_RECORDING
            && let Some((places, position)) = self.in_slabs()
            && let Some(before) = add_in_slabs(places, self.facts(), position, cell)
        {
            return before;
        }
        self.add_slowly(cell)
    }

    /// Increments a cell outside slabs.
    #[inline(never)]
    fn add_slowly(&self, cell: usize) -> u64 {
        let before = Cell::new(0);
        self.update(
            |_, _| false,
            |cells| match cells.inc(cell) {
                Some(count) => before.set(count),
                None => self.rejected().count(),
            },
        );
        before.get()
    }

    /// Counts the duration of a call, which represents `weight` calls.
    #[inline]
    pub(super) fn observe(&self, elapsed: Duration, weight: u64) {
        let Some(bits) = Amount::<Seconds>::bits(elapsed) else {
            return self.rejected().count();
        };
        // Most calls are shorter than the lowest bound, and need no search.
        let bounds = &self.facts().bounds;
        let bucket = match &*bounds.stored {
            [lowest, ..] if bits <= *lowest => 0,
            stored => bucket_of::<Nanoseconds>(stored, bits),
        };
        let seen = Observation { bucket, bits, weight };
        let is_counted = self.in_slabs().is_some_and(|(places, position)| {
            let at = (position, bounds.buckets());
            storage::observe_alone::<Nanoseconds>(&places[DURATIONS], at, seen)
        });
        if !is_counted {
            self.observe_slowly(seen);
        }
    }

    /// Counts a duration if this thread has no slab for it yet, or cannot have one.
    #[inline(never)]
    fn observe_slowly(&self, seen: Observation<u64>) {
        self.update(
            |places, position| {
                let at = (position, self.facts().bounds.buckets());
                storage::observe_slowly::<Nanoseconds>(&places[DURATIONS], at, seen)
            },
            |cells| {
                if !cells.durations.observe::<Nanoseconds>(seen) {
                    self.rejected().count();
                }
            },
        );
    }
}

impl fmt::Debug for CallCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallCells").finish_non_exhaustive()
    }
}
