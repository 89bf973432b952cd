//! Reading metrics: what a metric provides, and how the metrics of a struct are reached.

use std::any::Any;
use std::collections::{HashSet, TryReserveError};
use std::fmt;
use std::time::Duration;

use super::labels::Labels;
use super::point_buffers::PointBuffers;
use crate::descriptor::Descriptor;
use crate::exemplar::Exemplar;
use crate::memory;
use crate::number::Number;
use crate::place::{Place, Shape, Totals};
use crate::storage::{self, Key, OpenSeries, Version};

/// A metric that can be read. A metric without labels has one row; a family has one or more for
/// each series.
pub trait Collect: Send + Sync {
    /// Returns which rows there are.
    #[doc(hidden)]
    fn extent(&self) -> Extent {
        Extent::Fixed(1)
    }

    /// Returns the value of one of its own labels.
    #[doc(hidden)]
    fn label_value<'a>(&'a self, _row: Row<'a>, _label: usize) -> &'a str {
        ""
    }

    /// Returns the bits of the current value of a fixed row, unless the metric is a distribution.
    /// The descriptor tells how to read them. What is kept in slabs is in `totals`.
    #[doc(hidden)]
    fn bits(&self, _row: usize, _totals: &Totals) -> u64 {
        0
    }

    /// Adds the contents of a distribution to `buffers`, and returns the sum.
    #[doc(hidden)]
    fn distribution(&self, _row: usize, _totals: &Totals, _room: &mut PointBuffers) -> Number {
        Number::Whole(0)
    }

    /// Returns whether a fixed row was updated, which decides in a sparse family whether it is
    /// shown.
    #[doc(hidden)]
    fn is_touched(&self, _row: usize, _totals: &Totals) -> bool {
        true
    }

    /// Returns whether its series may have exemplars.
    #[doc(hidden)]
    fn has_exemplars(&self) -> bool {
        false
    }

    /// Adds the exemplars of a fixed row.
    #[doc(hidden)]
    fn exemplars(&self, _row: usize, _totals: &Totals, _exemplars: &mut Vec<Exemplar>) {}

    /// Returns when a fixed row was reset, if it was after its struct was registered.
    #[doc(hidden)]
    fn created(&self, _row: usize) -> Option<Duration> {
        None
    }

    /// Asks for cells in every slab, with their shape and the number of rows.
    #[doc(hidden)]
    fn places<'a>(&'a self, _ask: &mut dyn FnMut(&'a Place, Shape, usize)) {}

    /// Returns how many values were dropped because they cannot be stored.
    #[doc(hidden)]
    fn rejected(&self) -> u64 {
        0
    }

    /// Returns how many updates went to overflow series.
    #[doc(hidden)]
    fn overflow_updates(&self) -> u64 {
        0
    }

    /// Removes series that have expired, and drops removed ones.
    #[doc(hidden)]
    fn tidy(&self) {}

    /// Returns the current version of the open series.
    #[doc(hidden)]
    fn version(&self) -> Version {
        Version::ZERO
    }

    /// Returns the open series that were created and removed between two versions. `None` if there
    /// never were any.
    ///
    /// # Errors
    ///
    /// Fails if memory for them cannot be allocated.
    #[doc(hidden)]
    fn changes(&self, _from: Version, _to: Version) -> Result<Option<Changes>, TryReserveError> {
        Ok(None)
    }

    /// Removes every series for which `predicate` returns `true`, and returns their number.
    #[doc(hidden)]
    fn remove_series(&self, _is_it: &mut dyn FnMut(&Labels<'_>) -> bool) -> usize {
        0
    }
}

/// Returns the totals of one metric, to read it alone.
pub(crate) fn total(metric: &dyn Collect) -> Totals {
    let mut cells = Vec::new();
    metric.places(&mut |place, shape, positions| {
        cells.extend((0..positions).map(|position| (place.at(position, shape.len()), shape)));
    });
    storage::total_of(&cells)
}

/// The rows of a metric.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// This many rows, known from the start.
    Fixed(usize),
    /// The rows of series that updates create.
    Open,
}

/// A row of a metric, as far as its label values need it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// A row that is known from the start.
    Fixed(usize),
    /// A row of an open series.
    Open {
        /// The index of the combination of closed values.
        position: usize,
        /// The open values.
        key: &'a Key,
        /// The index of the row within the series.
        part: usize,
    },
}

impl<'a> Row<'a> {
    /// Returns the index of the combination of closed values, and the open values.
    pub(crate) fn labels(self) -> (usize, Option<&'a Key>) {
        match self {
            Row::Fixed(row) => (row, None),
            Row::Open { position, key, .. } => (position, Some(key)),
        }
    }

    /// Returns the index of the row within an open series, or within a metric without labels.
    pub(crate) fn part(self) -> usize {
        match self {
            Row::Fixed(row) => row,
            Row::Open { part, .. } => part,
        }
    }

    /// Creates the row of an open series with a single row.
    pub(crate) fn of<C>(series: &'a OpenSeries<C>) -> Row<'a> {
        Row::of_part(series, 0)
    }

    /// Creates a row of an open series with several rows.
    pub(crate) fn of_part<C>(series: &'a OpenSeries<C>, part: usize) -> Row<'a> {
        Row::Open { position: series.position(), key: series.key(), part }
    }
}

/// Open series that were created or removed.
#[doc(hidden)]
pub struct Changes {
    /// The created ones, and perhaps some older ones.
    pub(crate) came: Box<dyn Column>,
    /// The removed ones; `None` if they are not known.
    pub(crate) went: Option<Box<dyn Column>>,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("came", &self.came.len()).finish_non_exhaustive()
    }
}

/// The storage of several rows, side by side, so that one virtual call reads many.
pub(crate) trait Column: Any + Send + Sync {
    /// Returns the number of rows.
    fn len(&self) -> usize;

    /// Returns the row at `index`.
    fn row(&self, index: usize) -> Row<'_>;

    /// Reads the bits of the values from the row `start` on, unless they are distributions.
    fn read(&self, start: usize, totals: &Totals, bits: &mut [u64]);

    /// Adds the contents of a distribution to `buffers`, and returns the sum.
    fn distribution(&self, index: usize, totals: &Totals, buffers: &mut PointBuffers) -> Number;

    /// Returns whether a row was ever updated.
    fn is_touched(&self, index: usize, totals: &Totals) -> bool;

    /// Returns whether any row may have exemplars.
    fn has_exemplars(&self) -> bool;

    /// Adds the exemplars of a row.
    fn exemplars(&self, index: usize, totals: &Totals, exemplars: &mut Vec<Exemplar>);

    /// Returns when a row was created or reset, if it was after its struct was registered.
    fn created(&self, index: usize) -> Option<Duration>;

    /// Returns whether a row was removed, or belongs to a struct with one of these numbers.
    fn is_gone(&self, index: usize, structs: &HashSet<u64>) -> bool;

    /// Returns whether two rows are of the same series, not just of equal labels.
    fn is_same(&self, index: usize, other: &dyn Column, other_index: usize) -> bool;

    /// Returns a column with the rows of `columns`, which are of its type, in this order.
    fn gathered(
        &self,
        columns: &[&dyn Column],
        order: &[Pick],
    ) -> Result<Box<dyn Column>, TryReserveError>;
}

/// A row of one of several columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    /// The index of the column.
    pub(crate) column: u32,
    /// The index of the row in it.
    pub(crate) index: u32,
}

/// Collects the picked items of several columns of the same type.
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

/// The metrics of a derived struct by index: its own first, then those of its groups.
#[doc(hidden)]
pub trait Fields: Send + Sync + 'static {
    /// Returns the number of the struct in its registry, if it can be unregistered.
    fn id(&self) -> Option<u64> {
        None
    }

    /// Returns the struct itself, if others look for it by its type.
    fn any(&self) -> Option<&dyn Any> {
        None
    }

    /// Returns the metric whose descriptor is at the same index of [`Declarations`].
    fn metric(&self, index: usize) -> Option<&dyn Collect>;

    /// Returns [`Collect::bits`] of a metric, with a single virtual call.
    fn bits(&self, index: usize, row: usize, totals: &Totals) -> u64 {
        self.metric(index).map_or(0, |metric| metric.bits(row, totals))
    }
}

/// The declarations of a derived struct, including its groups.
#[doc(hidden)]
#[derive(Debug)]
pub struct Declarations {
    /// The struct's own metrics.
    pub own: &'static [&'static Descriptor],
    /// Its flattened groups, with full names.
    pub groups: &'static [&'static Declarations],
}

impl Declarations {
    /// Returns the number of metrics.
    pub const fn len(&self) -> usize {
        let mut len = self.own.len();
        let mut i = 0;
        while i < self.groups.len() {
            len += self.groups[i].len();
            i += 1;
        }
        len
    }

    /// Returns whether nothing is declared.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the descriptor at `index`, in the order of [`Fields::metric`].
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

    /// Returns every descriptor, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'static Descriptor> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
