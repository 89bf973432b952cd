//! The buckets and the sum of one native histogram, whose buckets are those that values fell into.
//!
//! It is like [`HistogramCells`](super::HistogramCells): blocks in which one thread at a time counts,
//! of which there usually is one. How fine the buckets are is said in one word for all blocks, so
//! that a reset and a change are one store: a block that is behind is read as if it were not, and
//! brought up to it by whoever counts in it next.

mod block;
mod bounds;
#[cfg(all(measurand_loom, test))]
mod models;
mod options;
#[cfg(all(test, not(measurand_loom)))]
mod reference;
mod resolution;
mod snapshot;
mod table;
#[cfg(all(test, not(measurand_loom)))]
mod tests;

use std::time::Duration;

use block::{Block, Obstacle};
use resolution::Resolution;

use super::{enter, is_inside};
use crate::sync::{AtomicU64, Ordering, spin_loop, yield_now};
use crate::unit::{Representation, Scale};

#[cfg(not(measurand_loom))]
pub(crate) use bounds::upper_bound;
pub use options::NativeOptions;
pub(crate) use snapshot::NativeSnapshot;
use table::NativeObservation;

/// Tells the time, where it is needed.
pub(crate) type Clock = fn() -> Duration;

/// What is counted of one native histogram by any thread.
#[derive(Debug)]
pub struct NativeCells {
    common: Common,
    block: Block,
}

/// What all blocks of a histogram have in common.
#[derive(Debug)]
pub(super) struct Common {
    /// The bits of a [`Resolution`].
    resolution: AtomicU64,
    /// When the epoch began, in nanoseconds: of an even one in the first, of an odd one in the second.
    started: [AtomicU64; 2],
}

/// No more blocks than this, see [`HistogramCells`](super::HistogramCells).
const MAX_BLOCKS: usize = 64;

/// How often a block is looked at before another is made.
const SPINS: usize = 16;

/// How often all blocks are looked at before an observation is given up.
const ROUNDS: usize = 10_000;

/// How often something is done again that another thread came between. Resolutions change rarely.
const TRIES: usize = 10_000;

/// As many tables as an observation may need, one after the other.
const TABLES: usize = 64;

impl NativeObservation {
    /// What `bits` stand for, and which of the classic buckets it is in.
    #[inline]
    pub(crate) fn new<R: Representation>(bits: u64, classic: usize) -> NativeObservation {
        let (classic, is_sure) = (classic as u32, R::SCALE != Scale::Nanoseconds);
        if !is_sure {
            // A product is much quicker than the quotient, which is only needed near to a bound.
            // So is a signed number.
            let near = (bits.cast_signed().max(0) as f64 * 1e-9).to_bits();
            if let Some(fine) = bounds::fine_index_if_sure(near) {
                return NativeObservation {
                    magnitude: near,
                    is_negative: false,
                    fine,
                    classic,
                    bits,
                };
            }
        }
        let value = value_of::<R>(bits);
        let magnitude = value.abs().to_bits();
        let fine = bounds::fine_index(magnitude);
        let is_negative = value.is_sign_negative();
        NativeObservation { magnitude, is_negative, fine, classic, bits }
    }

    /// Whether it is no further from 0 than a float with these bits.
    #[inline]
    fn is_within<R: Representation>(&self, threshold: u64) -> bool {
        let is_sure = R::SCALE != Scale::Nanoseconds;
        if !is_sure && self.magnitude.abs_diff(threshold) <= bounds::NEAR {
            return value_of::<R>(self.bits).to_bits() <= threshold;
        }
        self.magnitude <= threshold
    }
}

/// What bits stand for in the base unit.
#[inline]
fn value_of<R: Representation>(bits: u64) -> f64 {
    match R::SCALE {
        Scale::Whole => bits as f64,
        Scale::Nanoseconds => bits as f64 / 1e9,
        Scale::Fractional => f64::from_bits(bits),
    }
}

impl NativeCells {
    pub(crate) fn new(now: Duration) -> NativeCells {
        let started = [AtomicU64::new(nanoseconds(now)), AtomicU64::new(0)];
        NativeCells {
            common: Common { resolution: AtomicU64::new(0), started },
            block: Block::new(),
        }
    }

    /// Counts one observation of what `bits` stand for, which is in this classic bucket. False if it
    /// cannot be: the memory for its bucket is just what is being allocated, or every block is held by
    /// a thread that stands still.
    #[inline]
    pub(crate) fn observe<R: Representation>(
        &self,
        options: &NativeOptions,
        (bits, classic): (u64, usize),
        clock: Clock,
    ) -> bool {
        let seen = || NativeObservation::new::<R>(bits, classic);
        self.block.observe::<R>(&self.common, seen).is_ok()
            || self.observe_slowly::<R>(options, (bits, classic), clock)
    }

    /// The same beside other threads, or for what was not counted before.
    #[cold]
    #[inline(never)]
    fn observe_slowly<R: Representation>(
        &self,
        options: &NativeOptions,
        (bits, classic): (u64, usize),
        clock: Clock,
    ) -> bool {
        let seen = NativeObservation::new::<R>(bits, classic);
        // What is allocated below may be counted here, by an allocator that counts.
        let is_inside = is_inside();
        for round in 0..if is_inside { 1 } else { ROUNDS } {
            let (mut last, mut blocks) = (&self.block, 0);
            loop {
                match self.observe_in::<R>(last, options, &seen, clock) {
                    Ok(()) => return true,
                    Err(Obstacle::Occupied) => {}
                    Err(_) => return false,
                }
                blocks += 1;
                match last.next.get() {
                    Some(next) => last = next,
                    None => break,
                }
            }
            for _ in 0..SPINS {
                match self.observe_in::<R>(last, options, &seen, clock) {
                    Ok(()) => return true,
                    Err(Obstacle::Occupied) => spin_loop(),
                    Err(_) => return false,
                }
            }
            if blocks < MAX_BLOCKS && !is_inside {
                let _inside = enter();
                last.next.get_or_init(|| Box::new(Block::new()));
            } else if round > 0 {
                yield_now();
            }
        }
        false
    }

    /// The same in one block, for which it makes the tables that are needed.
    fn observe_in<R: Representation>(
        &self,
        block: &Block,
        options: &NativeOptions,
        seen: &NativeObservation,
        clock: Clock,
    ) -> Result<(), Obstacle> {
        let mut tables = 0;
        loop {
            match block.change_and_observe::<R>(&self.common, options, seen, clock) {
                Err(Obstacle::NoTable(which)) if tables < TABLES && !is_inside() => {
                    let _inside = enter();
                    block.make_table(which);
                    tables += 1;
                }
                done => return done,
            }
        }
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        std::iter::successors(Some(&self.block), |block| block.next.get())
    }

    /// How many observations were ever counted, more or less: a reset counts as one more.
    pub(crate) fn observations(&self) -> u64 {
        let resets = Resolution::from_bits(self.common.now()).epoch;
        self.blocks().map(Block::observations).fold(resets, u64::wrapping_add)
    }

    /// When the counts began anew, if they ever did.
    pub(crate) fn started_anew(&self) -> Option<Duration> {
        let has_been_reset = Resolution::from_bits(self.common.now()).epoch != 0;
        has_been_reset.then(|| self.common.started())
    }

    /// As if nothing had been observed so far.
    pub(crate) fn reset(&self, now: Duration) {
        let mut tries = 0..TRIES;
        while tries.next().is_some() && !self.common.start_anew(self.common.now(), now) {
            spin_loop();
        }
    }

    /// Starts anew if the histogram has become coarser and its options allow it by now.
    pub(crate) fn reset_if_due(&self, options: &NativeOptions, now: Duration) {
        let resolution = self.common.now();
        let since = now.saturating_sub(self.common.started());
        if Resolution::from_bits(resolution).is_limited && options.allows_reset_after(since) {
            // Failing means that another thread has done it, or is counting.
            self.common.start_anew(resolution, now);
        }
    }

    /// Reads all blocks, with so many classic buckets.
    ///
    /// Where all of them together have more buckets than there may be, the histogram is coarser from
    /// now on.
    pub(crate) fn read<R: Representation>(
        &self,
        options: &NativeOptions,
        into: &mut NativeSnapshot,
        classic: usize,
    ) {
        let mut tries = 0..TRIES;
        loop {
            let now = self.common.now();
            let resolution = Resolution::from_bits(now);
            into.clear();
            into.sum = R::sum(0);
            into.classic.resize(classic, 0);
            for block in self.blocks() {
                block.read(&mut into.copied);
                // What is of an earlier epoch was reset, and what is of a later one is looked at
                // again.
                if into.copied.resolution.is_some_and(|it| it.epoch == resolution.epoch) {
                    into.add_copied::<R>(&resolution);
                }
            }
            let is_current = self.common.now() == now;
            let limited = into.limit(resolution, options);
            let is_done =
                is_current && (limited == resolution || self.common.set(now, limited.to_bits()));
            if is_done || tries.next().is_none() {
                return;
            }
        }
    }
}

impl Common {
    #[inline]
    fn now(&self) -> u64 {
        self.resolution.load(Ordering::Acquire)
    }

    /// Replaces the resolution, unless it is another one by now.
    fn set(&self, from: u64, to: u64) -> bool {
        self.resolution.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    fn started(&self) -> Duration {
        let mut tries = 0..TRIES;
        loop {
            let epoch = Resolution::from_bits(self.now()).epoch;
            let started = self.started_cell(epoch).load(Ordering::Acquire);
            if Resolution::from_bits(self.now()).epoch == epoch || tries.next().is_none() {
                return Duration::from_nanos(started);
            }
        }
    }

    fn started_cell(&self, epoch: u64) -> &AtomicU64 {
        &self.started[(epoch % 2) as usize]
    }

    /// Begins another epoch, unless the resolution is another one by now.
    fn start_anew(&self, from: u64, now: Duration) -> bool {
        let epoch = Resolution::from_bits(from).epoch.wrapping_add(1);
        // It only goes forward, so one who comes too late changes nothing.
        self.started_cell(epoch).fetch_max(nanoseconds(now), Ordering::AcqRel);
        self.set(from, Resolution::of_epoch(epoch).to_bits())
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
