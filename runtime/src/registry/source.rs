//! Where a row of a metric without open labels has its value.

use std::any::Any;
use std::collections::{HashSet, TryReserveError};
use std::sync::Arc;
use std::time::Duration;

use crate::exemplar::Exemplar;
use crate::number::Number;
use crate::place::Totals;
use crate::read::{Collect, Column, Fields, Pick, PointBuffers, Row, gathered};

/// Where a value comes from. Small, since a gather walks all of them.
#[derive(Clone)]
pub(super) enum RowSource {
    /// A row of a static metric.
    Static(&'static dyn Collect, u32),
    /// A row of the metric with an index in an instance.
    Instance(Arc<dyn Fields>, u16, u32),
}

impl RowSource {
    #[inline]
    fn bits(&self, totals: &Totals) -> u64 {
        match self {
            RowSource::Instance(fields, index, row) => {
                fields.bits(usize::from(*index), *row as usize, totals)
            }
            RowSource::Static(metric, row) => metric.bits(*row as usize, totals),
        }
    }

    fn metric(&self) -> Option<&dyn Collect> {
        match self {
            RowSource::Static(metric, _) => Some(*metric),
            RowSource::Instance(fields, index, _) => fields.metric(usize::from(*index)),
        }
    }

    fn row(&self) -> usize {
        let (RowSource::Static(_, row) | RowSource::Instance(_, _, row)) = self;
        *row as usize
    }

    /// Returns how many values were rejected. A metric counts them for all its rows together, so
    /// they are returned for the first row.
    pub(super) fn rejected(&self) -> u64 {
        let first = self.metric().filter(|_| self.row() == 0);
        first.map_or(0, |metric| metric.rejected())
    }

    /// Returns whether it belongs to one of these structs.
    fn is_of(&self, structs: &HashSet<u64>) -> bool {
        match self {
            RowSource::Instance(fields, ..) => {
                !structs.is_empty() && fields.id().is_some_and(|id| structs.contains(&id))
            }
            RowSource::Static(..) => false,
        }
    }
}

/// A column of rows that may come from different metrics.
#[derive(Default)]
pub(super) struct Sources(pub(super) Vec<RowSource>);

impl Sources {
    /// Returns the sources in a column, or none if it is of another type.
    pub(super) fn of(column: &dyn Column) -> &[RowSource] {
        let column: &dyn Any = column;
        column.downcast_ref::<Sources>().map_or(&[][..], |column| &column.0)
    }
}

impl Column for Sources {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn row(&self, index: usize) -> Row<'_> {
        Row::Fixed(self.0.get(index).map_or(0, RowSource::row))
    }

    fn read(&self, start: usize, totals: &Totals, bits: &mut [u64]) {
        for (bits, source) in std::iter::zip(bits, self.0.get(start..).unwrap_or_default()) {
            *bits = source.bits(totals);
        }
    }

    fn distribution(&self, index: usize, totals: &Totals, buffers: &mut PointBuffers) -> Number {
        let of =
            |source: &RowSource| Some(source.metric()?.distribution(source.row(), totals, buffers));
        self.0.get(index).and_then(of).unwrap_or(Number::Whole(0))
    }

    fn is_touched(&self, index: usize, totals: &Totals) -> bool {
        let of = |source: &RowSource| Some(source.metric()?.is_touched(source.row(), totals));
        self.0.get(index).and_then(of).unwrap_or_default()
    }

    fn has_exemplars(&self) -> bool {
        let has_exemplars =
            |source: &RowSource| source.metric().is_some_and(Collect::has_exemplars);
        self.0.iter().any(has_exemplars)
    }

    fn exemplars(&self, index: usize, totals: &Totals, exemplars: &mut Vec<Exemplar>) {
        let Some(source) = self.0.get(index) else { return };
        if let Some(metric) = source.metric() {
            metric.exemplars(source.row(), totals, exemplars);
        }
    }

    fn created(&self, index: usize) -> Option<Duration> {
        let source = self.0.get(index)?;
        source.metric()?.created(source.row())
    }

    fn is_gone(&self, index: usize, structs: &HashSet<u64>) -> bool {
        self.0.get(index).is_none_or(|source| source.is_of(structs))
    }

    fn is_same(&self, _: usize, _: &dyn Column, _: usize) -> bool {
        false
    }

    fn gathered(
        &self,
        columns: &[&dyn Column],
        order: &[Pick],
    ) -> Result<Box<dyn Column>, TryReserveError> {
        Ok(Box::new(Sources(gathered(columns, Sources::of, order)?)))
    }
}
