//! The series of a family, in the order of their label values, and where each has its value.

use std::any::Any;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::labels::{Comparison, LabelTable, Labels};
use crate::collect::{Collect, Column, Fields, Pick, merged};
use crate::family::CollectFamily;
use crate::number::Number;
use crate::place::Totals;
use crate::unit::Scale;

/// Where a value comes from. Kept small: a gather goes through all of them.
#[derive(Clone)]
pub(super) enum Source {
    Static(&'static dyn Collect),
    /// A series of a closed family.
    StaticMember(&'static dyn CollectFamily, u32),
    /// The metric of an instance at an index.
    Instance(Arc<dyn Fields>, u16),
    /// A series of the closed family of an instance at an index.
    InstanceMember(Arc<dyn Fields>, u16, u32),
    /// A figure of the registry itself.
    Constant(u64),
}

impl Source {
    #[inline]
    fn bits(&self, totals: &Totals) -> u64 {
        match self {
            Source::Instance(fields, index) => fields.bits(usize::from(*index), totals),
            Source::Static(metric) => metric.bits(totals),
            Source::StaticMember(family, member) => family.member_bits(*member as usize, totals),
            Source::InstanceMember(fields, index, member) => {
                let family = family(fields, *index);
                family.map_or(0, |family| family.member_bits(*member as usize, totals))
            }
            Source::Constant(value) => *value,
        }
    }

    fn histogram(&self, totals: &Totals, buckets: &mut Vec<u64>) -> Number {
        match self {
            Source::Instance(fields, index) => fields
                .metric(usize::from(*index))
                .map_or(Number::Whole(0), |metric| metric.histogram(totals, buckets)),
            Source::Static(metric) => metric.histogram(totals, buckets),
            Source::StaticMember(family, member) => {
                family.member_histogram(*member as usize, totals, buckets)
            }
            Source::InstanceMember(fields, index, member) => family(fields, *index)
                .map_or(Number::Whole(0), |family| {
                    family.member_histogram(*member as usize, totals, buckets)
                }),
            Source::Constant(_) => Number::Whole(0),
        }
    }

    fn is_touched(&self, totals: &Totals) -> bool {
        match self {
            Source::StaticMember(family, member) => family.is_touched(*member as usize, totals),
            Source::InstanceMember(fields, index, member) => family(fields, *index)
                .is_some_and(|family| family.is_touched(*member as usize, totals)),
            Source::Static(_) | Source::Instance(..) | Source::Constant(_) => true,
        }
    }

    /// How many values were rejected. A closed family counts those of all its series together, so
    /// that the first one has them.
    fn rejected(&self) -> u64 {
        match self {
            Source::Static(metric) => metric.rejected(),
            Source::Instance(fields, index) | Source::InstanceMember(fields, index, 0) => {
                fields.metric(usize::from(*index)).map_or(0, |metric| metric.rejected())
            }
            Source::StaticMember(family, 0) => family.rejected(),
            Source::StaticMember(..) | Source::InstanceMember(..) | Source::Constant(_) => 0,
        }
    }

    /// Whether it is of one of the instances at these addresses.
    fn is_of(&self, instances: &HashSet<usize>) -> bool {
        match self {
            Source::Instance(fields, _) | Source::InstanceMember(fields, ..) => {
                instances.contains(&address(fields))
            }
            Source::Static(_) | Source::StaticMember(..) | Source::Constant(_) => false,
        }
    }
}

fn family(fields: &Arc<dyn Fields>, index: u16) -> Option<&dyn CollectFamily> {
    fields.metric(usize::from(index))?.as_family()
}

/// What tells one instance from another that lives as well.
pub(super) fn address(fields: &Arc<dyn Fields>) -> usize {
    Arc::as_ptr(fields).cast::<()>().addr()
}

/// Series that are all known, each from anywhere.
#[derive(Default)]
pub(super) struct Sources(pub(super) Vec<Source>);

impl Column for Sources {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, start: usize, totals: &Totals, bits: &mut [u64]) {
        for (bits, source) in std::iter::zip(bits, self.0.get(start..).unwrap_or_default()) {
            *bits = source.bits(totals);
        }
    }

    fn histogram(&self, index: usize, totals: &Totals, buckets: &mut Vec<u64>) -> Number {
        let source = self.0.get(index);
        source.map_or(Number::Whole(0), |source| source.histogram(totals, buckets))
    }

    fn is_touched(&self, index: usize, totals: &Totals) -> bool {
        self.0.get(index).is_some_and(|source| source.is_touched(totals))
    }

    fn is_gone(&self, index: usize, instances: &HashSet<usize>) -> bool {
        self.0.get(index).is_none_or(|source| source.is_of(instances))
    }

    fn is_same(&self, _: usize, _: &dyn Column, _: usize) -> bool {
        false
    }

    fn merged(&self, other: &dyn Column, order: &[Pick]) -> Box<dyn Column> {
        let other: &dyn Any = other;
        let other = other.downcast_ref::<Sources>().map_or(&[][..], |other| &other.0);
        Box::new(Sources(merged(&self.0, other, order)))
    }
}

/// The label values of a series, in the order of the names.
pub(super) type Values = Vec<Cow<'static, str>>;

/// All series of a family, in order.
pub(super) struct SeriesList {
    labels: LabelTable,
    column: Box<dyn Column>,
    /// Equal series add up: the indices in the column of those that stand behind an equal one, and
    /// have no labels of their own. There are nearly never any.
    joined: Vec<usize>,
}

/// How many values are read at a time: they lie all over the memory, and the processor waits for
/// them together.
const BATCH: usize = 32;

impl SeriesList {
    /// The list of no series.
    pub(super) fn new(family: &str, names: Vec<Cow<'static, str>>) -> SeriesList {
        SeriesList {
            labels: LabelTable::new(family, names),
            column: Box::<Sources>::default(),
            joined: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.column.len() == 0
    }

    /// How many series a gather shows, and how long their labels and names are together.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.column.len(), self.labels.text_len())
    }

    /// The list with the series of another column, which have these values, and without what has
    /// left. What is there already is not sorted again.
    pub(super) fn with(
        &self,
        values: &[Values],
        fresh: &dyn Column,
        gone: &HashSet<usize>,
    ) -> SeriesList {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.retain(|index| !fresh.is_gone(*index, gone));
        order.sort_by(|a, b| values[*a].cmp(&values[*b]));
        let mut order = order.into_iter().peekable();

        let mut labels = self.labels.rebuild();
        let (mut picks, mut joined) = (Vec::new(), Vec::new());
        let mut comparison = Comparison::new();
        let mut rows = self.labels.rows();
        let mut row = rows.next();
        row.iter().for_each(|row| comparison.set(*row));
        // The values of the row pushed last, if it was a fresh one.
        let mut last: Option<&Values> = None;
        let mut old = 0;
        loop {
            let side = match (row, order.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(row), Some(index)) => comparison.compare(row, &values[*index]),
            };
            let (Some(old_labels), Ordering::Less | Ordering::Equal) = (row, side) else {
                let Some(index) = order.next() else { break };
                if last == Some(&values[index]) {
                    joined.push(picks.len());
                } else {
                    labels.push(&values[index]);
                    last = Some(&values[index]);
                }
                picks.push(Pick::Other(index));
                continue;
            };
            // All of the row, which is of one series save for those that add up.
            let mut is_pushed = false;
            let start = old;
            loop {
                if !self.column.is_gone(old, gone) {
                    if is_pushed {
                        joined.push(picks.len());
                    } else {
                        labels.push_from(old_labels);
                        is_pushed = true;
                    }
                    picks.push(Pick::Own(old));
                }
                old += 1;
                if self.joined.binary_search(&old).is_err() {
                    break;
                }
            }
            row = rows.next();
            if order.peek().is_some() {
                row.iter().for_each(|row| comparison.set(*row));
            }
            if side == Ordering::Equal && is_pushed {
                // The equal ones that are fresh add up with it, save for the very same.
                let equal = order.peek().map(|index| &values[*index]);
                while let Some(index) = order.next_if(|index| Some(&values[*index]) == equal) {
                    if !(start..old).any(|old| self.column.is_same(old, fresh, index)) {
                        joined.push(picks.len());
                        picks.push(Pick::Other(index));
                    }
                }
            }
        }
        let labels = labels.finish();
        // An empty list takes the type of what comes in.
        let column = match self.column.len() {
            0 => fresh.merged(fresh, &picks),
            _ => self.column.merged(fresh, &picks),
        };
        SeriesList { labels, column, joined }
    }

    /// How many values all series together have rejected, those of open families not counted.
    pub(super) fn rejected(&self) -> u64 {
        let column: &dyn Any = &*self.column;
        let sources = column.downcast_ref::<Sources>().map_or(&[][..], |column| &column.0);
        sources.iter().fold(0, |rejected, source| rejected.wrapping_add(source.rejected()))
    }

    /// Shows every series with the bits of its value; if `is_sparse`, only those that were ever
    /// updated.
    #[inline]
    pub(super) fn scalars(
        &self,
        totals: &Totals,
        (scale, is_sparse): (Scale, bool),
        mut show: impl FnMut(Labels<'_>, u64),
    ) {
        if is_sparse || !self.joined.is_empty() {
            return self.scalars_slowly(totals, (scale, is_sparse), &mut show);
        }
        let mut rows = self.labels.rows();
        let mut values = [0; BATCH];
        for start in (0..self.column.len()).step_by(BATCH) {
            self.column.read(start, totals, &mut values);
            for bits in &values {
                let Some(labels) = rows.next() else { break };
                show(labels, *bits);
            }
        }
    }

    #[inline(never)]
    fn scalars_slowly(
        &self,
        totals: &Totals,
        (scale, is_sparse): (Scale, bool),
        show: &mut dyn FnMut(Labels<'_>, u64),
    ) {
        self.rows(|labels, columns| {
            if is_sparse && !columns.clone().any(|index| self.column.is_touched(index, totals)) {
                return;
            }
            let bits = columns.map(|index| {
                let mut bits = [0];
                self.column.read(index, totals, &mut bits);
                bits[0]
            });
            if let Some(bits) = bits.reduce(|bits, other| scale.plus(bits, other)) {
                show(labels, bits);
            }
        });
    }

    /// Shows every histogram with its buckets and sum; if `is_sparse`, only those that were ever
    /// updated.
    pub(super) fn histograms(
        &self,
        totals: &Totals,
        is_sparse: bool,
        buckets: &mut Vec<u64>,
        mut show: impl FnMut(Labels<'_>, &[u64], Number),
    ) {
        self.rows(|labels, columns| {
            buckets.clear();
            let sums = columns.map(|index| self.column.histogram(index, totals, buckets));
            let sum = sums.reduce(Number::plus).unwrap_or(Number::Whole(0));
            if !is_sparse || buckets.iter().any(|count| *count != 0) {
                show(labels, buckets, sum);
            }
        });
    }

    /// Shows the labels of every series, and where in the column its values are.
    #[inline]
    fn rows(&self, mut show: impl FnMut(Labels<'_>, Range<usize>)) {
        let mut start = 0;
        for labels in self.labels.rows() {
            let mut end = start + 1;
            while !self.joined.is_empty() && self.joined.binary_search(&end).is_ok() {
                end += 1;
            }
            show(labels, start..end);
            start = end;
        }
    }
}
