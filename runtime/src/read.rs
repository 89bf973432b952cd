//! Reading metrics: what a metric provides, and the sinks of a gather.

mod batch;
mod labels;
mod metric;
mod point;
mod point_buffers;
mod sink;

pub(crate) use batch::{Batch, series_of};
pub use labels::Labels;
pub(crate) use labels::RowFacts;
pub(crate) use metric::{Changes, Extent, Row};
pub use metric::{Collect, Declarations, Fields};
pub(crate) use metric::{Column, Pick, gathered, total};
pub use point::{Flow, HistogramValue, NativeValue, Point, SummaryValue, Value};
pub(crate) use point_buffers::PointBuffers;
pub use sink::Sink;
