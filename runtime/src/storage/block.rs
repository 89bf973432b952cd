//! The cells of one histogram, which are read between two observations without waiting for the
//! writer.
//!
//! A block is written by one thread at a time. The first cell, the *state*, holds the number of
//! observations in the buckets. An observation stores the new sum in the other one of two cells,
//! then increments its bucket, then the state. Whether the buckets hold as many observations as the
//! state says or one more tells a reader which of the two sums belongs to them, even if the writer
//! stopped in between: it may have been preempted, or not have survived a fork. A change that takes
//! more than one step (a sum that carries, an observation with a weight) first saves the old
//! values, and says so in the state. A reader retries only if the writer has moved while it read.
//!
//! Data cells are stored with release and loaded with acquire ordering, so that a reader that has
//! seen any part of a later observation also sees that the state has changed. See Boehm, "Can
//! seqlocks get along with programming language memory models?" (MSPC 2012).

use crate::place::HISTOGRAM_SUM;
use crate::sync::{AtomicU64, Ordering, spin_loop, yield_now};
use crate::unit::Representation;

/// A value that is counted in a histogram. With the weight [`One`] it fits into two registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation<W = One> {
    /// The index of its bucket.
    pub(crate) bucket: usize,
    pub(crate) bits: u64,
    /// The number of values that it represents; 1 for a float.
    pub(crate) weight: W,
}

/// The number of values that an observation represents.
pub(crate) trait Weight: Copy {
    fn weight(self) -> u64;
}

/// The weight of a value that represents only itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct One;

impl Weight for One {
    #[inline]
    fn weight(self) -> u64 {
        1
    }
}

impl Weight for u64 {
    #[inline]
    fn weight(self) -> u64 {
        self
    }
}

impl Observation {
    /// Creates an observation that represents one value.
    #[inline]
    pub(crate) fn new(bucket: usize, bits: u64) -> Observation {
        Observation { bucket, bits, weight: One }
    }
}

/// The cells of a block by name.
struct Cells<'a> {
    /// What the writer is doing in the lowest bits, and the number of counted observations above
    /// them.
    state: &'a AtomicU64,
    /// The lower 64 bits of the sum, or a float: the first cell after an even number of
    /// observations, the second after an odd one.
    low: &'a [AtomicU64; 2],
    /// The upper 64 bits of the sum.
    high: &'a AtomicU64,
    /// The number of counted observations that were cleared.
    cleared: &'a AtomicU64,
    /// The index of the bucket that is changing, whose old count is saved.
    changing: &'a AtomicU64,
    saved: [&'a AtomicU64; 3],
    buckets: &'a [AtomicU64],
}

impl<'a> Cells<'a> {
    #[inline]
    fn of(block: &'a [AtomicU64]) -> Option<Cells<'a>> {
        let (state, block) = block.split_first()?;
        let (low, block) = block.split_first_chunk()?;
        let [high, cleared, changing, bucket, low_half, high_half, buckets @ ..] = block else {
            return None;
        };
        let saved = [bucket, low_half, high_half];
        Some(Cells { state, low, high, cleared, changing, saved, buckets })
    }
}

/// A thread is writing, and no other may enter.
const INSIDE: u64 = 1;
/// The old values are saved, and the cells may have changed already.
const SAVED: u64 = 1 << 1;
/// Everything is being set to zero.
const CLEARING: u64 = 1 << 2;
/// The mask of the three flags.
const DOING: u64 = INSIDE | SAVED | CLEARING;
/// One observation in the state. The bit tells even from odd, and is the distance of two cells in
/// bytes, so that choosing one of the sums is cheap.
const ONE: u64 = 1 << 3;

/// Counts an observation as the only writer of the block. Returns `false` if there is no such
/// bucket.
#[inline]
pub(super) fn observe<R: Representation>(
    block: &[AtomicU64],
    seen: Observation<impl Weight>,
) -> bool {
    // Whatever could be missing is looked up before anything is written.
    let Some(cells) = Cells::of(block) else { return false };
    let Some(bucket) = cells.buckets.get(seen.bucket) else { return false };
    let state = cells.state.load(Ordering::Relaxed);
    write::<R>(block, &cells, bucket, state, seen);
    true
}

/// The reason why an observation was not counted in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotCounted {
    /// There is no such bucket.
    NoBucket,
    /// Another thread is writing.
    Occupied,
}

/// Counts an observation in a block that many threads write, one at a time.
#[inline]
pub(super) fn observe_in_turn<R: Representation>(
    block: &[AtomicU64],
    seen: Observation<impl Weight>,
) -> Result<(), NotCounted> {
    let Some(cells) = Cells::of(block) else { return Err(NotCounted::NoBucket) };
    let Some(bucket) = cells.buckets.get(seen.bucket) else { return Err(NotCounted::NoBucket) };
    let state = enter(cells.state).ok_or(NotCounted::Occupied)?;
    write::<R>(block, &cells, bucket, state, seen);
    Ok(())
}

/// Enters a block that no other thread is writing, and returns its previous state.
#[inline]
fn enter(state: &AtomicU64) -> Option<u64> {
    let before = state.load(Ordering::Relaxed);
    if before & INSIDE != 0 {
        return None;
    }
    let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
    state.compare_exchange(before, before | INSIDE, success, failure).ok()
}

/// Counts an observation in a block that is in `state` and that only this thread writes.
#[inline]
fn write<R: Representation>(
    block: &[AtomicU64],
    cells: &Cells<'_>,
    bucket: &AtomicU64,
    state: u64,
    seen: Observation<impl Weight>,
) {
    let [from, to] = in_turn(cells.low, state);
    let sum = from.load(Ordering::Relaxed);
    let (sum, carries) = if R::INTEGRAL {
        sum.overflowing_add(seen.bits)
    } else {
        ((f64::from_bits(sum) + f64::from_bits(seen.bits)).to_bits(), false)
    };
    if carries || seen.weight.weight() != 1 {
        // The block is passed on instead of `cells`, which then need not be in memory.
        return write_saved::<R>(block, state, seen);
    }
    to.store(sum, Ordering::Release);
    bucket.store(bucket.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    cells.state.store(state.wrapping_add(ONE), Ordering::Release);
}

/// Returns the cell that holds the sum in `state`, and the cell for the sum after one more
/// observation.
#[inline]
fn in_turn(low: &[AtomicU64; 2], state: u64) -> [&AtomicU64; 2] {
    let now = (state / ONE % 2) as usize;
    [&low[now], &low[now ^ 1]]
}

/// Counts an observation that takes more than one step: saves the old values first.
#[cold]
#[inline(never)]
fn write_saved<R: Representation>(block: &[AtomicU64], state: u64, seen: Observation<impl Weight>) {
    let Some(cells) = Cells::of(block) else { return };
    let Some(bucket) = cells.buckets.get(seen.bucket) else { return };
    let weight = seen.weight.weight();
    let [from, _] = in_turn(cells.low, state);
    let after = state.wrapping_add(weight.wrapping_mul(ONE));
    let [to, _] = in_turn(cells.low, after);
    let old = [bucket, from, cells.high].map(|cell| cell.load(Ordering::Relaxed));
    cells.changing.store(seen.bucket as u64, Ordering::Release);
    for (saved, old) in std::iter::zip(cells.saved, old) {
        saved.store(old, Ordering::Release);
    }
    cells.state.store(state | SAVED | INSIDE, Ordering::Release);
    let [count, low, high] = old;
    bucket.store(count.wrapping_add(weight), Ordering::Release);
    if R::INTEGRAL {
        let added = u128::from(seen.bits).wrapping_mul(weight.into());
        let sum = (u128::from(high) << 64 | u128::from(low)).wrapping_add(added);
        to.store(sum as u64, Ordering::Release);
        cells.high.store((sum >> 64) as u64, Ordering::Release);
    } else {
        let sum = f64::from_bits(low) + f64::from_bits(seen.bits);
        to.store(sum.to_bits(), Ordering::Release);
    }
    cells.state.store(after, Ordering::Release);
}

/// The number of tries of a reader. It is only a bound and never reached: a writer is slowed down
/// by readers, since it has to fetch the memory back from the reader's processor.
const TRIES: u32 = 1 << 20;

/// Copies the block as it was between two observations: the halves of the sum, then the buckets.
/// `copy` must be [`copy_len`] long.
pub(super) fn read(block: &[AtomicU64], copy: &mut [u64]) {
    let (Some(cells), [low, high, buckets @ ..]) = (Cells::of(block), copy) else { return };
    for tries in 0..TRIES {
        let state = cells.state.load(Ordering::Acquire);
        let mut count = cells.cleared.load(Ordering::Acquire);
        for (copy, bucket) in std::iter::zip(&mut *buckets, cells.buckets) {
            *copy = bucket.load(Ordering::Acquire);
            count = count.wrapping_add(*copy);
        }
        let [now, next] = in_turn(cells.low, state).map(|low| low.load(Ordering::Acquire));
        // One observation more than the state says is in the buckets, and in the next sum.
        *low = if count.wrapping_mul(ONE) == state & !DOING { now } else { next };
        *high = cells.high.load(Ordering::Acquire);
        if state & SAVED != 0 {
            let [bucket, saved_low, saved_high] = cells.saved.map(|it| it.load(Ordering::Acquire));
            let changing = cells.changing.load(Ordering::Acquire) as usize;
            (*low, *high) = (saved_low, saved_high);
            buckets.get_mut(changing).into_iter().for_each(|count| *count = bucket);
        }
        if state & CLEARING != 0 {
            (*low, *high) = (0, 0);
            buckets.fill(0);
        }
        if cells.state.load(Ordering::Relaxed) == state {
            return;
        }
        if tries < 100 { spin_loop() } else { yield_now() }
    }
}

/// Returns the length of a copy of a block with `cells` cells.
pub(super) fn copy_len(cells: usize) -> usize {
    cells.saturating_sub(HISTOGRAM_SUM)
}

/// Returns the number of observations in the state, without those that were cleared.
pub(super) fn observations(block: &[AtomicU64]) -> u64 {
    let Some(cells) = Cells::of(block) else { return 0 };
    let cleared = cells.cleared.load(Ordering::Acquire);
    (cells.state.load(Ordering::Acquire) / ONE).wrapping_sub(cleared)
}

/// Resets a block that many threads write to zero. Returns `false` if another thread is writing.
pub(super) fn clear(block: &[AtomicU64]) -> bool {
    let Some(cells) = Cells::of(block) else { return true };
    let Some(state) = enter(cells.state) else { return false };
    cells.state.store(state | CLEARING | INSIDE, Ordering::Release);
    let sums = cells.low.iter().chain([cells.high]);
    sums.chain(cells.buckets).for_each(|cell| cell.store(0, Ordering::Release));
    // The state moves on, so that readers notice.
    let state = state.wrapping_add(ONE);
    cells.cleared.store(state / ONE, Ordering::Release);
    cells.state.store(state, Ordering::Release);
    true
}

/// Undoes what a writer that no longer exists has left half done.
pub(super) fn take_back(block: &[AtomicU64]) {
    let Some(cells) = Cells::of(block) else { return };
    let mut whole = vec![0; copy_len(block.len())];
    read(block, &mut whole);
    let [low, high, buckets @ ..] = &whole[..] else { return };
    let count = buckets.iter().fold(0, |count: u64, bucket| count.wrapping_add(*bucket));
    for (cell, bucket) in std::iter::zip(cells.buckets, buckets) {
        cell.store(*bucket, Ordering::Relaxed);
    }
    cells.high.store(*high, Ordering::Relaxed);
    cells.cleared.store(0, Ordering::Relaxed);
    let state = count.wrapping_mul(ONE);
    in_turn(cells.low, state)[0].store(*low, Ordering::Relaxed);
    cells.state.store(state, Ordering::Release);
}

/// Adds a copy of a block to `total`, which has the same layout.
pub(super) fn add(total: &mut [u64], copy: &[u64], is_integral: bool) {
    let ([low, high, buckets @ ..], [other_low, other_high, other_buckets @ ..]) = (total, copy)
    else {
        return;
    };
    if is_integral {
        let carries;
        (*low, carries) = low.overflowing_add(*other_low);
        *high = high.wrapping_add(*other_high).wrapping_add(u64::from(carries));
    } else {
        *low = (f64::from_bits(*low) + f64::from_bits(*other_low)).to_bits();
    }
    for (bucket, other) in std::iter::zip(buckets, other_buckets) {
        *bucket = bucket.wrapping_add(*other);
    }
}
