//! Batches: several series of a family at once.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use once_cell::race::OnceBox;

use super::labels::{Labels, RowFacts};
use super::metric::Column;
use super::point::{Flow, Point, Value};
use super::point_buffers::PointBuffers;
use crate::clock;
use crate::descriptor::Descriptor;
use crate::exemplar;
use crate::kind::Kind;
use crate::number::Number;
use crate::place::Totals;

/// Several series of a family, side by side.
#[doc(hidden)]
pub struct Batch<'a> {
    pub(crate) family: &'a Descriptor,
    pub(crate) column: &'a dyn Column,
    /// The names of the labels, and the source of their values.
    pub(crate) names: &'a [Cow<'static, str>],
    pub(crate) values: &'a dyn RowFacts,
    /// The rows whose labels equal those of the row before: equal series add up.
    pub(crate) joined: &'a [usize],
    /// What a format has cached of the labels.
    pub(crate) cached: &'a OnceBox<Box<dyn Any + Send + Sync>>,
    pub(crate) totals: &'a Totals,
    /// The buffers for one point.
    pub(crate) buffers: &'a mut PointBuffers,
}

/// The number of values that are read at a time: they are scattered over memory, and the processor
/// waits for all of them together.
const LANE: usize = 32;

/// Returns the rows of each series in a column of `rows` rows, of which those in `joined` equal the
/// row before.
#[inline]
pub(crate) fn series_of(rows: usize, joined: &[usize]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let mut end = start + 1;
        while !joined.is_empty() && joined.binary_search(&end).is_ok() {
            end += 1;
        }
        let series = start..end;
        start = end;
        (series.start < rows).then_some(series)
    })
}

impl<'a> Batch<'a> {
    pub(crate) fn family(&self) -> &'a Descriptor {
        self.family
    }

    /// Returns the number of rows. There are rarely fewer series, since equal ones add up.
    pub(crate) fn rows(&self) -> usize {
        self.column.len()
    }

    /// Returns the labels of the series at a row.
    pub(crate) fn labels(&self, row: usize) -> Labels<'a> {
        Labels::new(self.names, self.values, row)
    }

    /// Returns what a format has cached of these labels, created at the first call.
    pub(crate) fn cached<T: Any + Send + Sync, E>(
        &self,
        make: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<Option<&'a T>, E> {
        let cached = self.cached.get_or_try_init(|| {
            let made: Box<dyn Any + Send + Sync> = Box::new(make(self)?);
            Ok(Box::new(made))
        })?;
        Ok((**cached).downcast_ref())
    }

    /// Returns whether any series may have exemplars.
    pub(crate) fn has_exemplars(&self) -> bool {
        exemplar::is_any() && self.column.has_exemplars()
    }

    /// Returns whether any series is to be shown.
    pub(crate) fn is_any_touched(&mut self) -> bool {
        let (column, totals) = (self.column, self.totals);
        (0..column.len()).any(|index| match self.family.kind.is_distribution() {
            true => {
                self.buffers.clear();
                column.distribution(index, totals, self.buffers);
                self.buffers.is_touched()
            }
            false => column.is_touched(index, totals),
        })
    }

    /// Calls `show` with the bits of every series to be shown, as many adjacent ones as possible at
    /// once, and with the number of rows skipped before them.
    #[inline]
    pub(crate) fn scalars(&self, mut show: impl FnMut(usize, &[u64])) {
        if self.family.is_sparse || !self.joined.is_empty() {
            return self.scalars_slowly(&mut show);
        }
        let column = self.column;
        let mut values = [0; LANE];
        let len = column.len();
        for start in (0..len).step_by(LANE) {
            column.read(start, self.totals, &mut values);
            show(0, &values[..LANE.min(len - start)]);
        }
    }

    #[inline(never)]
    fn scalars_slowly(&self, show: &mut dyn FnMut(usize, &[u64])) {
        let mut next = 0;
        for series in self.shown() {
            let bits = series.clone().map(|index| {
                let mut bits = [0];
                self.column.read(index, self.totals, &mut bits);
                bits[0]
            });
            if let Some(bits) = bits.reduce(|bits, other| self.family.scale.plus(bits, other)) {
                show(series.start - next, &[bits]);
                next = series.start + 1;
            }
        }
    }

    /// Returns the series to be shown.
    fn shown(&self) -> impl Iterator<Item = Range<usize>> {
        let is_touched = |index| self.column.is_touched(index, self.totals);
        series_of(self.column.len(), self.joined)
            .filter(move |series| !self.family.is_sparse || series.clone().any(is_touched))
    }

    /// Calls `show` with the number of rows skipped, the contents of every distribution to be
    /// shown, and its sum.
    #[inline]
    pub(crate) fn distributions(&mut self, mut show: impl FnMut(usize, &PointBuffers, Number)) {
        let mut next = 0;
        for series in series_of(self.column.len(), self.joined) {
            self.buffers.clear();
            let (column, buffers) = (self.column, &mut *self.buffers);
            let sums = series.clone().map(|index| column.distribution(index, self.totals, buffers));
            let sum = sums.reduce(Number::plus).unwrap_or(Number::Whole(0));
            if !self.family.is_sparse || self.buffers.is_touched() {
                self.buffers.settle();
                show(series.start - next, self.buffers, sum);
                next = series.start + 1;
            }
        }
    }

    /// Calls `show` with every series as a point.
    pub(crate) fn points(
        &mut self,
        show: &mut dyn FnMut(&Descriptor, Labels<'_>, &Point<'_>) -> Flow,
    ) -> Flow {
        let Descriptor { kind, scale, .. } = *self.family;
        let bounds = self.family.buckets();
        let (family, names, values) = (self.family, self.names, self.values);
        let (joined, column, totals) = (self.joined, self.column, self.totals);
        let mut exemplars = std::mem::take(&mut self.buffers.exemplars);
        let (mut row, mut flow) = (0, Flow::Continue);
        let mut point = |skipped: usize, value: Value<'_>, anew: Option<Duration>| {
            row += skipped;
            if flow == Flow::Continue {
                let mut point = Point::new(value);
                if kind.is_cumulative() {
                    // Equal series add up, so they count since the first of them was created.
                    let equal = (row + 1..).take_while(|row| joined.binary_search(row).is_ok());
                    let rows = || std::iter::once(row).chain(equal.clone());
                    let created = rows().filter_map(|row| values.created(row)).min();
                    point.created = created.max(anew).map(clock::date);
                    exemplars.clear();
                    rows().for_each(|row| column.exemplars(row, totals, &mut exemplars));
                    point.exemplars = &exemplars;
                }
                flow = show(family, Labels::new(names, values, row), &point);
            }
            row += 1;
        };
        match kind {
            Kind::Histogram | Kind::Summary => self.distributions(|skipped, buffers, sum| {
                point(skipped, buffers.value(kind, bounds, sum), buffers.created);
            }),
            _ => self.scalars(|skipped, values| {
                for (index, bits) in values.iter().enumerate() {
                    let value = Value::of(kind, scale.number(*bits));
                    point(if index == 0 { skipped } else { 0 }, value, None);
                }
            }),
        }
        self.buffers.exemplars = exemplars;
        flow
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("rows", &self.rows()).finish_non_exhaustive()
    }
}
