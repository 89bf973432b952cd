//! The series of an open family, as a gather goes through them.

use std::any::Any;
use std::collections::{HashSet, TryReserveError};
use std::sync::Arc;

use super::cells::Cells;
use crate::number::Number;
use crate::place::Totals;
use crate::read::{Column, Pick, Row, gathered};
use crate::storage::Series;

/// What stands in a column.
pub(crate) trait SeriesItem: Clone + Send + Sync + 'static {
    /// Which row of its family it is.
    fn row(&self) -> Row<'_>;

    /// The bits of the value, of what is no histogram.
    fn bits(&self) -> u64;

    /// Adds the buckets of a histogram, and gives its sum.
    fn histogram(&self, counts: &mut [u64]) -> Number;

    /// Whether it was ever updated.
    fn is_touched(&self) -> bool;

    /// Whether its series has left.
    fn is_gone(&self) -> bool;

    /// Whether it is of the very same series.
    fn is_same(&self, other: &Self) -> bool;
}

impl<C: Cells> SeriesItem for Arc<Series<C>> {
    fn row(&self) -> Row<'_> {
        Row::of(self)
    }

    #[inline]
    fn bits(&self) -> u64 {
        self.cells.bits()
    }

    fn histogram(&self, counts: &mut [u64]) -> Number {
        self.cells.histogram(counts)
    }

    fn is_touched(&self) -> bool {
        self.cells.is_touched()
    }

    fn is_gone(&self) -> bool {
        Series::is_gone(self)
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(self, other)
    }
}

/// Series of open labels, or what of them a family shows.
pub(crate) struct SeriesColumn<I> {
    items: Vec<I>,
    buckets: usize,
}

impl<I: SeriesItem> SeriesColumn<I> {
    /// A histogram among them has so many buckets.
    pub(crate) fn new(items: Vec<I>, buckets: usize) -> Self {
        SeriesColumn { items, buckets }
    }

    fn of(column: &dyn Column) -> &[I] {
        let column: &dyn Any = column;
        column.downcast_ref::<Self>().map_or(&[], |column| &column.items)
    }
}

impl<I: SeriesItem> Column for SeriesColumn<I> {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn row(&self, index: usize) -> Row<'_> {
        self.items.get(index).map_or(Row::Fixed(0), SeriesItem::row)
    }

    fn read(&self, start: usize, _: &Totals, bits: &mut [u64]) {
        let items = self.items.get(start..).unwrap_or_default();
        for (bits, item) in std::iter::zip(bits, items) {
            *bits = item.bits();
        }
    }

    fn histogram(&self, index: usize, _: &Totals, buckets: &mut Vec<u64>) -> Number {
        buckets.resize(self.buckets, 0);
        self.items.get(index).map_or(Number::Whole(0), |item| item.histogram(buckets))
    }

    fn is_touched(&self, index: usize, _: &Totals) -> bool {
        self.items.get(index).is_some_and(SeriesItem::is_touched)
    }

    fn is_gone(&self, index: usize, _: &HashSet<u64>) -> bool {
        self.items.get(index).is_none_or(SeriesItem::is_gone)
    }

    fn is_same(&self, index: usize, other: &dyn Column, other_index: usize) -> bool {
        match (self.items.get(index), Self::of(other).get(other_index)) {
            (Some(item), Some(other)) => item.is_same(other),
            _ => false,
        }
    }

    fn gathered(
        &self,
        columns: &[&dyn Column],
        order: &[Pick],
    ) -> Result<Box<dyn Column>, TryReserveError> {
        let items = gathered(columns, Self::of, order)?;
        Ok(Box::new(SeriesColumn { items, buckets: self.buckets }))
    }
}
