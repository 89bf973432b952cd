//! Where numbers are kept while the program runs.
//!
//! What the compiler knows, the metrics of static structs, is kept in *slabs*: one slice of cells
//! per thread, written by that thread alone without a locked instruction. Everything else is kept
//! in *shared* cells, inside the metric.

/// Whether anything is counted at all. It is a constant, so what stands behind it compiles to
/// nothing where it is false.
pub(crate) const IS_RECORDING: bool = cfg!(feature = "record");

mod block;
mod histogram_cells;
mod owned;
mod pool;
mod shared;
mod sweep;
mod threads;

pub(crate) use histogram_cells::HistogramCells;
pub(crate) use owned::{add, observe};
pub(crate) use shared::Shared;
pub(crate) use sweep::{Sweep, total};
pub(crate) use threads::{enter, is_inside};
