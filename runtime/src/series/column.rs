//! The series of an open family as a gather visits them.

use std::any::Any;
use std::collections::{HashSet, TryReserveError};
use std::sync::Arc;
use std::time::Duration;

use super::Stored;
use super::reading::Reading;
use crate::exemplar::Exemplar;
use crate::number::Number;
use crate::place::Totals;
use crate::read::{Column, Pick, PointBuffers, Row, gathered};
use crate::storage::OpenSeries;

/// A row that a family shows of an open series.
pub(crate) trait SeriesRow<M: Stored>: Clone + Send + Sync + 'static {
    /// Returns the series.
    fn series(&self) -> &Arc<OpenSeries<M::Cells>>;

    /// Returns the row within its family.
    fn row(&self) -> Row<'_> {
        Row::of(self.series())
    }

    /// Returns the bits of the value, unless the metric is a distribution, for the gather that has
    /// taken the totals.
    #[inline]
    fn bits(&self, read: &Reading<'_, M>, _totals: &Totals) -> u64 {
        M::gathered_bits(read)
    }
}

impl<M: Stored> SeriesRow<M> for Arc<OpenSeries<M::Cells>> {
    #[inline]
    fn series(&self) -> &Arc<OpenSeries<M::Cells>> {
        self
    }
}

/// Rows of open series.
pub(crate) struct SeriesColumn<M: Stored, R> {
    rows: Vec<R>,
    facts: M::Facts,
}

impl<M: Stored, R: SeriesRow<M>> SeriesColumn<M, R> {
    pub(crate) fn new(rows: Vec<R>, facts: M::Facts) -> Self {
        SeriesColumn { rows, facts }
    }

    #[inline]
    fn reading<'a>(&'a self, row: &'a R) -> Reading<'a, M> {
        Reading::new(&self.facts, Some(&row.series().cells), None, None)
    }

    fn of(column: &dyn Column) -> &[R] {
        let column: &dyn Any = column;
        column.downcast_ref::<Self>().map_or(&[], |column| &column.rows)
    }
}

impl<M: Stored, R: SeriesRow<M>> Column for SeriesColumn<M, R> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn row(&self, index: usize) -> Row<'_> {
        self.rows.get(index).map_or(Row::Fixed(0), R::row)
    }

    fn read(&self, start: usize, totals: &Totals, bits: &mut [u64]) {
        let rows = self.rows.get(start..).unwrap_or_default();
        for (bits, row) in std::iter::zip(bits, rows) {
            *bits = row.bits(&self.reading(row), totals);
        }
    }

    fn distribution(&self, index: usize, _: &Totals, buffers: &mut PointBuffers) -> Number {
        let read = |row| M::distribution_in(&self.reading(row), buffers);
        self.rows.get(index).map_or(Number::Whole(0), read)
    }

    fn is_touched(&self, index: usize, _: &Totals) -> bool {
        self.rows.get(index).is_some_and(|row| M::is_touched_in(&self.reading(row)))
    }

    fn has_exemplars(&self) -> bool {
        M::HAS_EXEMPLARS
    }

    fn exemplars(&self, index: usize, _: &Totals, exemplars: &mut Vec<Exemplar>) {
        if let Some(row) = self.rows.get(index) {
            M::exemplars_in(&self.reading(row), exemplars);
        }
    }

    fn created(&self, index: usize) -> Option<Duration> {
        self.rows.get(index).map(|row| row.series().created())
    }

    fn is_gone(&self, index: usize, _: &HashSet<u64>) -> bool {
        self.rows.get(index).is_none_or(|row| row.series().is_gone())
    }

    fn is_same(&self, index: usize, other: &dyn Column, other_index: usize) -> bool {
        match (self.rows.get(index), Self::of(other).get(other_index)) {
            (Some(row), Some(other)) => Arc::ptr_eq(row.series(), other.series()),
            _ => false,
        }
    }

    fn gathered(
        &self,
        columns: &[&dyn Column],
        order: &[Pick],
    ) -> Result<Box<dyn Column>, TryReserveError> {
        let rows = gathered(columns, Self::of, order)?;
        Ok(Box::new(SeriesColumn::<M, R>::new(rows, self.facts.clone())))
    }
}
