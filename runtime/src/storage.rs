//! Where numbers are kept while the program runs.
//!
//! What the compiler knows, the metrics of static structs, is kept in *slabs*: one slice of cells
//! per thread, written by that thread alone without a locked instruction. Everything else is kept
//! in *shared* cells, inside the metric.

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
