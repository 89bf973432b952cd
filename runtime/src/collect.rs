//! Reading metrics: what one gives, and how those of a struct are reached.

use std::any::Any;
use std::collections::{HashSet, TryReserveError};

use crate::descriptor::Descriptor;
use crate::family::CollectFamily;
use crate::memory;
use crate::number::Number;
use crate::place::{Place, Shape, Totals};

/// A metric that can be read.
pub trait Collect: Send + Sync {
    /// The bits of the present value, of what is no histogram; the descriptor says how they are
    /// to be read. What is kept in slabs is in `totals`.
    #[doc(hidden)]
    fn bits(&self, _totals: &Totals) -> u64 {
        0
    }

    /// Adds to the buckets of a histogram, of which it makes as many as it has, and gives the sum.
    #[doc(hidden)]
    fn histogram(&self, _totals: &Totals, _buckets: &mut Vec<u64>) -> Number {
        Number::Whole(0)
    }

    /// Names the cells that it wants in every slab: of which shape, and for how many members.
    #[doc(hidden)]
    fn places<'a>(&'a self, _ask: &mut dyn FnMut(&'a Place, Shape, usize)) {}

    /// The series, if it is a family.
    #[doc(hidden)]
    fn as_family(&self) -> Option<&dyn CollectFamily> {
        None
    }

    /// How many values were dropped because they cannot be stored.
    #[doc(hidden)]
    fn rejected(&self) -> u64 {
        0
    }
}

/// Where the series of a list have their values, side by side, so that many are read by one
/// virtual call.
pub(crate) trait Column: Any + Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// The bits of the values from `start` on, of what is no histogram.
    fn read(&self, start: usize, totals: &Totals, bits: &mut [u64]);

    /// Adds the buckets of a histogram, of which it makes as many as it has, and gives the sum.
    fn histogram(&self, index: usize, totals: &Totals, buckets: &mut Vec<u64>) -> Number;

    /// Whether it was ever updated.
    fn is_touched(&self, index: usize, totals: &Totals) -> bool;

    /// Whether it has left: it was removed, or is of a struct of one of these numbers.
    fn is_gone(&self, index: usize, structs: &HashSet<u64>) -> bool;

    /// Whether it is the same one as in another column, not just one of the same labels.
    fn is_same(&self, index: usize, other: &dyn Column, other_index: usize) -> bool;

    /// A column of these series of some columns of its type, in this order, if there is memory for
    /// it.
    fn gathered(
        &self,
        columns: &[&dyn Column],
        order: &[Pick],
    ) -> Result<Box<dyn Column>, TryReserveError>;
}

/// A series of one of several columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    /// Which column.
    pub(crate) column: u32,
    /// Which series of it.
    pub(crate) index: u32,
}

/// Puts the picked ones of several columns of a type side by side.
pub(crate) fn gathered<'a, T: Clone + 'a>(
    columns: &[&'a dyn Column],
    items: impl Fn(&'a dyn Column) -> &'a [T],
    order: &[Pick],
) -> Result<Vec<T>, TryReserveError> {
    let columns = memory::collect(columns.iter().map(|column| items(*column)))?;
    let pick = |pick: &Pick| columns.get(pick.column as usize)?.get(pick.index as usize).cloned();
    let mut picked = Vec::new();
    picked.try_reserve_exact(order.len())?;
    picked.extend(order.iter().filter_map(pick));
    Ok(picked)
}

/// The metrics of a derived struct, by position: its own first, then those of its groups.
#[doc(hidden)]
pub trait Fields: Send + Sync + 'static {
    /// The number of the struct in its registry, if it can leave.
    fn id(&self) -> Option<u64> {
        None
    }

    /// The metric whose descriptor [`Declarations::get`] gives for the same index.
    fn metric(&self, index: usize) -> Option<&dyn Collect>;

    /// What [`Collect::bits`] gives of that metric, by one virtual call.
    fn bits(&self, index: usize, totals: &Totals) -> u64 {
        self.metric(index).map_or(0, |metric| metric.bits(totals))
    }
}

/// What a derived struct declares, its groups included.
#[doc(hidden)]
#[derive(Debug)]
pub struct Declarations {
    /// The struct's own metrics.
    pub own: &'static [&'static Descriptor],
    /// Its flattened groups, under their full names.
    pub groups: &'static [&'static Declarations],
}

impl Declarations {
    /// How many metrics there are in all.
    pub const fn len(&self) -> usize {
        let mut len = self.own.len();
        let mut i = 0;
        while i < self.groups.len() {
            len += self.groups[i].len();
            i += 1;
        }
        len
    }

    /// Whether nothing is declared.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The descriptor at `index`, in the order of [`Fields::metric`].
    pub const fn get(&self, mut index: usize) -> Option<&'static Descriptor> {
        if index < self.own.len() {
            return Some(self.own[index]);
        }
        index -= self.own.len();
        let mut i = 0;
        while i < self.groups.len() {
            if index < self.groups[i].len() {
                return self.groups[i].get(index);
            }
            index -= self.groups[i].len();
            i += 1;
        }
        None
    }

    /// Every descriptor, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'static Descriptor> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
