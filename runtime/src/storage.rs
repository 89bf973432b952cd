//! Where numbers are kept while the program runs.

mod cell;
mod histogram_cells;

pub(crate) use cell::Cell;
pub(crate) use histogram_cells::HistogramCells;
