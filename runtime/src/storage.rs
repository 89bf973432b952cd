//! Storage of metric values while the program runs.
//!
//! The counts of static structs are kept in *slabs*: each thread has a slice of cells that it alone
//! writes, without locked instructions. Everything else is kept in *shared* cells, either inside
//! the metric or in the series of an *open table*, which are found by their label values.

/// Whether anything is recorded at all. A constant, so that code guarded by it compiles to nothing
/// where it is `false`.
pub(crate) const IS_RECORDING: bool = cfg!(feature = "record");

mod block;
mod clearable;
mod histogram_cells;
mod key;
#[cfg(all(measurand_loom, test))]
mod models;
mod native;
mod open;
#[cfg(not(measurand_loom))]
mod owned;
mod pool;
#[cfg(not(measurand_loom))]
mod rejected;
#[cfg(not(measurand_loom))]
mod running;
mod shared;
#[cfg(all(feature = "summary", not(measurand_loom)))]
mod sketches;
#[cfg(not(measurand_loom))]
mod sweep;
#[cfg(not(measurand_loom))]
mod threads;

#[cfg(not(measurand_loom))]
pub(crate) use block::Observation;
#[cfg(not(measurand_loom))]
pub(crate) use clearable::Clearable;
#[cfg(not(measurand_loom))]
pub(crate) use histogram_cells::HistogramCells;
#[cfg(not(measurand_loom))]
pub(crate) use key::{Key, KeyLabels};
#[cfg(not(measurand_loom))]
pub use native::NativeOptions;
#[cfg(not(measurand_loom))]
pub(crate) use native::{NativeCells, NativeSnapshot, upper_bound};
#[cfg(not(measurand_loom))]
pub(crate) use open::{Held, Limits, OpenSeries, OpenTable, Version, is_any_overflow};
#[cfg(not(measurand_loom))]
pub(crate) use owned::{add, observe_alone, observe_slowly};
#[cfg(not(measurand_loom))]
pub(crate) use rejected::{Rejected, is_any_rejected};
#[cfg(not(measurand_loom))]
pub(crate) use running::running;
#[cfg(not(measurand_loom))]
pub(crate) use shared::SharedCell;
#[cfg(all(feature = "summary", not(measurand_loom)))]
pub(crate) use sketches::{Observed, SketchShape, Sketches};
#[cfg(not(measurand_loom))]
pub(crate) use sweep::{Sweep, is_current, next_clearing, total_of};
#[cfg(not(measurand_loom))]
pub(crate) use threads::{after_fork, enter, is_inside, is_prepared, join_late, set_prepared};

/// Returns `false`: a model has no allocator that updates metrics.
#[cfg(measurand_loom)]
fn is_inside() -> bool {
    false
}

#[cfg(measurand_loom)]
fn enter() -> Option<()> {
    None
}
