//! The buckets and the sum of one native histogram, which has only buckets that values fell into.
//!
//! Like [`HistogramCells`](super::HistogramCells), it is a list of blocks, usually of one, each
//! written by one thread at a time. The resolution of the buckets is one word for all blocks, so
//! that a reset or a change of resolution is a single store. A block with an older resolution is
//! converted while it is read, and brought up to date by the next thread that counts in it.

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

/// Returns the time, called only where it is needed.
pub(crate) type Clock = fn() -> Duration;

/// The cells of one native histogram, which any thread may update.
#[derive(Debug)]
pub struct NativeCells {
    common: SharedState,
    block: Block,
}

/// State shared by all blocks of a histogram.
#[derive(Debug)]
pub(super) struct SharedState {
    /// The bits of a [`Resolution`].
    resolution: AtomicU64,
    /// When the epoch began, in nanoseconds: the first cell for even epochs, the second for odd
    /// ones.
    started: [AtomicU64; 2],
}

/// The largest number of blocks, see [`HistogramCells`](super::HistogramCells).
const MAX_BLOCKS: usize = 64;

/// The number of tries to enter the last block before another one is added.
const SPINS: usize = 16;

/// The number of passes over all blocks before an observation is given up.
const ROUNDS: usize = 10_000;

/// The number of retries of an operation that another thread came between. Resolutions change
/// rarely.
const TRIES: usize = 10_000;

/// The largest number of tables that one observation may create.
const TABLES: usize = 64;

impl NativeObservation {
    /// Creates an observation of the value stored as `bits`, which falls into the classic bucket
    /// `classic`.
    #[inline]
    pub(crate) fn new<R: Representation>(bits: u64, classic: usize) -> NativeObservation {
        let (classic, is_sure) = (classic as u32, R::SCALE != Scale::Nanoseconds);
        if !is_sure {
            // Multiplying is much faster than the division, which is only needed near a bound.
            // Converting a signed integer is faster, too.
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

    /// Returns whether its absolute value is at most the float with the bits `threshold`.
    #[inline]
    fn is_within<R: Representation>(&self, threshold: u64) -> bool {
        let is_sure = R::SCALE != Scale::Nanoseconds;
        if !is_sure && self.magnitude.abs_diff(threshold) <= bounds::NEAR {
            return value_of::<R>(self.bits).to_bits() <= threshold;
        }
        self.magnitude <= threshold
    }
}

/// Returns the value stored as `bits`, in the base unit.
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
            common: SharedState { resolution: AtomicU64::new(0), started },
            block: Block::new(),
        }
    }

    /// Counts an observation of the value stored as `bits`, which falls into the classic bucket
    /// `classic`. Returns `false` if the memory for its bucket is just being allocated, or if every
    /// block is occupied by a thread that stands still.
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

    /// Counts an observation that needs another block, another table or a change of resolution.
    #[cold]
    #[inline(never)]
    fn observe_slowly<R: Representation>(
        &self,
        options: &NativeOptions,
        (bits, classic): (u64, usize),
        clock: Clock,
    ) -> bool {
        let seen = NativeObservation::new::<R>(bits, classic);
        // An allocator that updates metrics may come back here from the allocations below.
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

    /// Counts an observation in one block, and creates the tables that it needs.
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

    /// Returns how many observations were ever counted, roughly: a reset counts as one more.
    pub(crate) fn observations(&self) -> u64 {
        let resets = Resolution::from_bits(self.common.now()).epoch;
        self.blocks().map(Block::observations).fold(resets, u64::wrapping_add)
    }

    /// Returns when the counts were last reset, if they ever were.
    pub(crate) fn last_reset(&self) -> Option<Duration> {
        let has_been_reset = Resolution::from_bits(self.common.now()).epoch != 0;
        has_been_reset.then(|| self.common.started())
    }

    /// Discards all observations.
    pub(crate) fn reset(&self, now: Duration) {
        let mut tries = 0..TRIES;
        while tries.next().is_some() && !self.common.begin_epoch(self.common.now(), now) {
            spin_loop();
        }
    }

    /// Resets the histogram if it has become coarser and its options allow a reset by now.
    pub(crate) fn reset_if_due(&self, options: &NativeOptions, now: Duration) {
        let resolution = self.common.now();
        let since = now.saturating_sub(self.common.started());
        if Resolution::from_bits(resolution).is_limited && options.allows_reset_after(since) {
            // If this fails, another thread has reset it or changed the resolution.
            self.common.begin_epoch(resolution, now);
        }
    }

    /// Reads all blocks, with `classic` classic buckets.
    ///
    /// If all blocks together have more buckets than allowed, the histogram becomes coarser.
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
                // Observations of an earlier epoch were reset; those of a later one make the loop
                // run again.
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

impl SharedState {
    #[inline]
    fn now(&self) -> u64 {
        self.resolution.load(Ordering::Acquire)
    }

    /// Replaces the resolution, unless it has changed since `from` was read.
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

    /// Begins another epoch, unless the resolution has changed since `from` was read.
    fn begin_epoch(&self, from: u64, now: Duration) -> bool {
        let epoch = Resolution::from_bits(from).epoch.wrapping_add(1);
        // The time only moves forward, so that a thread that comes too late changes nothing.
        self.started_cell(epoch).fetch_max(nanoseconds(now), Ordering::AcqRel);
        self.set(from, Resolution::of_epoch(epoch).to_bits())
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
