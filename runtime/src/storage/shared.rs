//! A number that any thread may add to with a locked instruction.

use crate::sync::{AtomicU64, Ordering};

use crate::unit::Representation;

/// 64 bits that hold an integer or a float, as the representation says.
///
/// Each cell is independent; numbers that must be consistent with each other are kept in
/// [`HistogramCells`](super::HistogramCells).
#[derive(Debug)]
#[cfg(not(measurand_loom))]
pub struct SharedCell {
    bits: AtomicU64,
}

#[cfg(not(measurand_loom))]
impl SharedCell {
    pub(crate) const fn new() -> Self {
        // The float 0.0 has no bits set either.
        SharedCell { bits: AtomicU64::new(0) }
    }

    /// Adds the value stored as `bits`, and returns the previous one. Integers wrap.
    #[inline]
    pub(crate) fn add<R: Representation>(&self, bits: u64) -> u64 {
        add_bits::<R>(&self.bits, bits)
    }

    #[inline]
    pub(crate) fn bits(&self) -> u64 {
        self.bits.load(Ordering::Acquire)
    }

    pub(crate) fn reset(&self) {
        self.bits.store(0, Ordering::Relaxed);
    }
}

/// Adds to a cell of 64 bits, and returns the previous value.
#[inline]
pub(crate) fn add_bits<R: Representation>(cell: &AtomicU64, bits: u64) -> u64 {
    if R::INTEGRAL {
        // Release orders an end after its start, for readers that load ends first.
        cell.fetch_add(bits, Ordering::Release)
    } else {
        let amount = f64::from_bits(bits);
        let mut old = cell.load(Ordering::Relaxed);
        loop {
            let sum = (f64::from_bits(old) + amount).to_bits();
            match cell.compare_exchange_weak(old, sum, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return old,
                Err(current) => old = current,
            }
        }
    }
}
