//! The series of an open family, as a gather goes through them.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use super::cells::Cells;
use crate::collect::{Column, Pick, merged};
use crate::number::Number;
use crate::place::Totals;
use crate::storage::Series;

pub(super) struct SeriesColumn<C> {
    pub(super) series: Vec<Arc<Series<C>>>,
    pub(super) buckets: usize,
}

impl<C: Cells> SeriesColumn<C> {
    fn of(column: &dyn Column) -> &[Arc<Series<C>>] {
        let column: &dyn Any = column;
        column.downcast_ref::<Self>().map_or(&[], |column| &column.series)
    }
}

impl<C: Cells> Column for SeriesColumn<C> {
    fn len(&self) -> usize {
        self.series.len()
    }

    fn read(&self, start: usize, _: &Totals, bits: &mut [u64]) {
        let series = self.series.get(start..).unwrap_or_default();
        for (bits, series) in std::iter::zip(bits, series) {
            *bits = series.cells.bits();
        }
    }

    fn histogram(&self, index: usize, _: &Totals, buckets: &mut Vec<u64>) -> Number {
        buckets.resize(self.buckets, 0);
        let series = self.series.get(index);
        series.map_or(Number::Whole(0), |series| series.cells.histogram(buckets))
    }

    fn is_touched(&self, index: usize, _: &Totals) -> bool {
        self.series.get(index).is_some_and(|series| series.cells.is_touched())
    }

    fn is_gone(&self, index: usize, _: &HashSet<usize>) -> bool {
        self.series.get(index).is_none_or(|series| series.is_removed())
    }

    fn is_same(&self, index: usize, other: &dyn Column, other_index: usize) -> bool {
        match (self.series.get(index), Self::of(other).get(other_index)) {
            (Some(series), Some(other)) => Arc::ptr_eq(series, other),
            _ => false,
        }
    }

    fn merged(&self, other: &dyn Column, order: &[Pick]) -> Box<dyn Column> {
        let series = merged(&self.series, Self::of(other), order);
        Box::new(SeriesColumn { series, buckets: self.buckets })
    }
}
