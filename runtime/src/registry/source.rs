//! Where a series has its value, if its labels are known from the start.

use std::any::Any;
use std::collections::{HashSet, TryReserveError};
use std::sync::Arc;

use crate::collect::{Collect, Column, Fields, Pick, gathered};
use crate::family::CollectFamily;
use crate::number::Number;
use crate::place::Totals;

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
    pub(super) fn rejected(&self) -> u64 {
        match self {
            Source::Static(metric) => metric.rejected(),
            Source::Instance(fields, index) | Source::InstanceMember(fields, index, 0) => {
                fields.metric(usize::from(*index)).map_or(0, |metric| metric.rejected())
            }
            Source::StaticMember(family, 0) => family.rejected(),
            Source::StaticMember(..) | Source::InstanceMember(..) | Source::Constant(_) => 0,
        }
    }

    /// Whether it is of one of these structs.
    fn is_of(&self, structs: &HashSet<u64>) -> bool {
        match self {
            Source::Instance(fields, _) | Source::InstanceMember(fields, ..) => {
                !structs.is_empty() && fields.id().is_some_and(|id| structs.contains(&id))
            }
            Source::Static(_) | Source::StaticMember(..) | Source::Constant(_) => false,
        }
    }
}

fn family(fields: &Arc<dyn Fields>, index: u16) -> Option<&dyn CollectFamily> {
    fields.metric(usize::from(index))?.as_family()
}

/// Series that are all known, each from anywhere.
#[derive(Default)]
pub(super) struct Sources(pub(super) Vec<Source>);

impl Sources {
    /// The sources in a column, if they are what it holds.
    pub(super) fn of(column: &dyn Column) -> &[Source] {
        let column: &dyn Any = column;
        column.downcast_ref::<Sources>().map_or(&[][..], |column| &column.0)
    }
}

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
