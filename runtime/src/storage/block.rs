//! The cells of one histogram, which a reader sees between two observations without ever waiting
//! for the writer.
//!
//! One thread at a time writes a block. The first cell, the *state*, holds how many observations are
//! in the buckets. An observation puts the new sum into the other one of two cells, then adds to its
//! bucket, and then to the state. So whether the buckets hold as many as the state says or one more
//! tells a reader which of the two sums is theirs, even if the writer has stopped in between: it may
//! have lost the processor, or not have survived a fork. What one step cannot do (a sum that carries,
//! an observation that stands for many) saves what it changes first, and says so in the state. A
//! reader only has to look again if the writer has moved while it read.
//!
//! Data are stored with release and loaded with acquire, so that a reader who has seen any part of a
//! later observation also sees that the state has moved. See Boehm, "Can seqlocks get along with
//! programming language memory models?" (MSPC 2012).

use crate::place::HISTOGRAM_SUM;
use crate::sync::{AtomicU64, Ordering, spin_loop, yield_now};
use crate::unit::Representation;

/// A value that is counted in a histogram. With the weight [`One`] it fits into two registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation<W = One> {
    /// Which bucket it is in.
    pub(crate) bucket: usize,
    pub(crate) bits: u64,
    /// For how many it stands. A float stands for itself.
    pub(crate) weight: W,
}

/// For how many values one stands.
pub(crate) trait Weight: Copy {
    fn weight(self) -> u64;
}

/// Each value stands for itself.
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
    /// One that stands for itself.
    #[inline]
    pub(crate) fn new(bucket: usize, bits: u64) -> Observation {
        Observation { bucket, bits, weight: One }
    }
}

/// The cells of a block, under their names.
struct Cells<'a> {
    /// What the writer does, in the lowest bits, and above them how many observations were counted.
    state: &'a AtomicU64,
    /// The lower 64 bits of the sum, or a float: of an even number of observations in the first, of
    /// an odd one in the second.
    low: &'a [AtomicU64; 2],
    /// The upper 64 bits of the sum.
    high: &'a AtomicU64,
    /// How many of the counted observations were cleared.
    cleared: &'a AtomicU64,
    /// Which bucket is changing, and what was there before.
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

/// A thread is inside, and no other may enter.
const INSIDE: u64 = 1;
/// What is changing is saved, and may have changed already.
const SAVED: u64 = 1 << 1;
/// Everything is being set to zero.
const CLEARING: u64 = 1 << 2;
/// All of these.
const DOING: u64 = INSIDE | SAVED | CLEARING;
/// One observation. The bit tells even from odd, and is the distance of two cells in bytes, so that
/// choosing one is cheap.
const ONE: u64 = 1 << 3;

/// Counts one observation, as the one writer of the block. False if there is no such bucket.
#[inline]
pub(super) fn observe<R: Representation>(
    block: &[AtomicU64],
    seen: Observation<impl Weight>,
) -> bool {
    // Everything that could be missing is looked for before anything is written.
    let Some(cells) = Cells::of(block) else { return false };
    let Some(bucket) = cells.buckets.get(seen.bucket) else { return false };
    let state = cells.state.load(Ordering::Relaxed);
    write::<R>(block, &cells, bucket, state, seen);
    true
}

/// Why an observation was not counted in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotCounted {
    /// There is no such bucket.
    NoBucket,
    /// Another thread is inside.
    Occupied,
}

/// The same for a block that many threads write, one at a time.
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

/// Enters a block that no other thread is in, and gives the state that it had.
#[inline]
fn enter(state: &AtomicU64) -> Option<u64> {
    let before = state.load(Ordering::Relaxed);
    if before & INSIDE != 0 {
        return None;
    }
    let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
    state.compare_exchange(before, before | INSIDE, success, failure).ok()
}

/// Counts an observation in a block that was in this state, and in which this thread is alone.
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
        // It takes the block, so that its cells need not lie in memory under their names.
        return write_saved::<R>(block, state, seen);
    }
    to.store(sum, Ordering::Release);
    bucket.store(bucket.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    cells.state.store(state.wrapping_add(ONE), Ordering::Release);
}

/// The cell where the sum stands in this state, and the one for the sum after one more.
#[inline]
fn in_turn(low: &[AtomicU64; 2], state: u64) -> [&AtomicU64; 2] {
    let now = (state / ONE % 2) as usize;
    [&low[now], &low[now ^ 1]]
}

/// The same for an observation that one step cannot count: what it changes is saved first.
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

/// A writer moves only so often while a reader looks: each time it has to fetch the memory back
/// from the reader's processor first. So this many tries are never needed; they are a bound.
const TRIES: u32 = 1 << 20;

/// Copies the block as it was between two observations: first the halves of the sum, then the
/// buckets. `copy` is as long as [`copy_len`] says.
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
        // One more than the state says: that one has its sum already.
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

/// How long a copy of a block of so many cells is.
pub(super) fn copy_len(cells: usize) -> usize {
    cells.saturating_sub(HISTOGRAM_SUM)
}

/// How many observations the state counts, without those that were cleared.
pub(super) fn observations(block: &[AtomicU64]) -> u64 {
    let Some(cells) = Cells::of(block) else { return 0 };
    let cleared = cells.cleared.load(Ordering::Acquire);
    (cells.state.load(Ordering::Acquire) / ONE).wrapping_sub(cleared)
}

/// Takes a block that many threads write back to zero. False if another thread is inside.
pub(super) fn clear(block: &[AtomicU64]) -> bool {
    let Some(cells) = Cells::of(block) else { return true };
    let Some(state) = enter(cells.state) else { return false };
    cells.state.store(state | CLEARING | INSIDE, Ordering::Release);
    let sums = cells.low.iter().chain([cells.high]);
    sums.chain(cells.buckets).for_each(|cell| cell.store(0, Ordering::Release));
    // The state goes on, so that a reader notices.
    let state = state.wrapping_add(ONE);
    cells.cleared.store(state / ONE, Ordering::Release);
    cells.state.store(state, Ordering::Release);
    true
}

/// Takes back what a writer has left half done that does not exist any more.
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

/// Adds a copy of a block to a total of the same layout as the copy.
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
