//! Reading metrics: what one gives, and how those of a struct are reached.

use std::any::Any;
use std::collections::{HashSet, TryReserveError};
use std::fmt;
use std::time::Duration;

use super::labels::Labels;
use super::room::Room;
use crate::descriptor::Descriptor;
use crate::exemplar::Exemplar;
use crate::memory;
use crate::number::Number;
use crate::place::{Place, Shape, Totals};
use crate::storage::{self, Key, OpenSeries, Version};

/// A metric that can be read. Alone it has one row; a family has one for each of its series.
pub trait Collect: Send + Sync {
    /// Which rows there are.
    #[doc(hidden)]
    fn extent(&self) -> Extent {
        Extent::Fixed(1)
    }

    /// The value of one of the labels that it has itself.
    #[doc(hidden)]
    fn label_value<'a>(&'a self, _row: Row<'a>, _label: usize) -> &'a str {
        ""
    }

    /// The bits of the present value of a fixed row, of what is no histogram; the descriptor says
    /// how they are to be read. What is kept in slabs is in `totals`.
    #[doc(hidden)]
    fn bits(&self, _row: usize, _totals: &Totals) -> u64 {
        0
    }

    /// Adds what a distribution holds to what is there, and gives the sum.
    #[doc(hidden)]
    fn distribution(&self, _row: usize, _totals: &Totals, _room: &mut Room) -> Number {
        Number::Whole(0)
    }

    /// Whether a fixed row is to be shown, where not all are: it was updated.
    #[doc(hidden)]
    fn is_touched(&self, _row: usize, _totals: &Totals) -> bool {
        true
    }

    /// Whether its series may have exemplars.
    #[doc(hidden)]
    fn has_exemplars(&self) -> bool {
        false
    }

    /// Adds the exemplars of a fixed row.
    #[doc(hidden)]
    fn exemplars(&self, _row: usize, _totals: &Totals, _exemplars: &mut Vec<Exemplar>) {}

    /// When a fixed row started anew, if that was not when its struct came.
    #[doc(hidden)]
    fn created(&self, _row: usize) -> Option<Duration> {
        None
    }

    /// Names the cells that it wants in every slab: of which shape, and for how many rows.
    #[doc(hidden)]
    fn places<'a>(&'a self, _ask: &mut dyn FnMut(&'a Place, Shape, usize)) {}

    /// How many values were dropped because they cannot be stored.
    #[doc(hidden)]
    fn rejected(&self) -> u64 {
        0
    }

    /// How many updates were turned away to the series that stand for the rest.
    #[doc(hidden)]
    fn overflow_updates(&self) -> u64 {
        0
    }

    /// Removes the series that were not updated for too long, and drops what was removed.
    #[doc(hidden)]
    fn tidy(&self) {}

    /// What the open series are now.
    #[doc(hidden)]
    fn version(&self) -> Version {
        Version::ZERO
    }

    /// The open series that came and went between two versions; nothing if there was never one.
    ///
    /// # Errors
    ///
    /// If there is no memory to say so.
    #[doc(hidden)]
    fn changes(&self, _from: Version, _to: Version) -> Result<Option<Changes>, TryReserveError> {
        Ok(None)
    }

    /// Removes every series that `is_it` picks, and says how many.
    #[doc(hidden)]
    fn remove_series(&self, _is_it: &mut dyn FnMut(&Labels<'_>) -> bool) -> usize {
        0
    }
}

/// The totals of one metric, for reading it alone.
pub(crate) fn total(metric: &dyn Collect) -> Totals {
    let mut cells = Vec::new();
    metric.places(&mut |place, shape, members| {
        cells.extend((0..members).map(|member| (place.at(member, shape.len()), shape)));
    });
    storage::total_of(&cells)
}

/// Which rows a metric has.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many, known from the start.
    Fixed(usize),
    /// Those that updates make.
    Open,
}

/// A row of a metric, by what its label values are known from.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// A fixed one.
    Fixed(usize),
    /// A part of an open series.
    Open {
        /// Which combination of closed values it has.
        position: usize,
        /// Its open values.
        key: &'a Key,
        /// Which part, where a series has several rows.
        part: usize,
    },
}

impl<'a> Row<'a> {
    /// Which combination of closed values it has, and its open ones.
    pub(crate) fn labels(self) -> (usize, Option<&'a Key>) {
        match self {
            Row::Fixed(row) => (row, None),
            Row::Open { position, key, .. } => (position, Some(key)),
        }
    }

    /// Which of the rows of a metric without labels it is, or of an open series.
    pub(crate) fn part(self) -> usize {
        match self {
            Row::Fixed(row) => row,
            Row::Open { part, .. } => part,
        }
    }

    /// That of an open series that has one.
    pub(crate) fn of<C>(series: &'a OpenSeries<C>) -> Row<'a> {
        Row::of_part(series, 0)
    }

    /// That of a part of an open series.
    pub(crate) fn of_part<C>(series: &'a OpenSeries<C>, part: usize) -> Row<'a> {
        Row::Open { position: series.position(), key: series.key(), part }
    }
}

/// Open series that came and went.
#[doc(hidden)]
pub struct Changes {
    /// Those that came, and some that were there.
    pub(crate) came: Box<dyn Column>,
    /// Those that went, or nothing if it is not known which did.
    pub(crate) went: Option<Box<dyn Column>>,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("came", &self.came.len()).finish_non_exhaustive()
    }
}

/// Where rows have their values, side by side, so that many are read by one virtual call.
pub(crate) trait Column: Any + Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Which row of its metric that at an index is.
    fn row(&self, index: usize) -> Row<'_>;

    /// The bits of the values from `start` on, of what is no histogram.
    fn read(&self, start: usize, totals: &Totals, bits: &mut [u64]);

    /// Adds what a distribution holds to what is there, and gives the sum.
    fn distribution(&self, index: usize, totals: &Totals, room: &mut Room) -> Number;

    /// Whether it was ever updated.
    fn is_touched(&self, index: usize, totals: &Totals) -> bool;

    /// Whether any of them may have exemplars.
    fn has_exemplars(&self) -> bool;

    /// Adds its exemplars.
    fn exemplars(&self, index: usize, totals: &Totals, exemplars: &mut Vec<Exemplar>);

    /// When it was made or started anew, if that was not when its struct came.
    fn created(&self, index: usize) -> Option<Duration>;

    /// Whether it has left: it was removed, or is of a struct of one of these numbers.
    fn is_gone(&self, index: usize, structs: &HashSet<u64>) -> bool;

    /// Whether it is the same one as in another column, not just one of the same labels.
    fn is_same(&self, index: usize, other: &dyn Column, other_index: usize) -> bool;

    /// A column of these rows of some columns of its type, in this order, if there is memory for
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

    /// What it is, where others look for it.
    fn any(&self) -> Option<&dyn Any> {
        None
    }

    /// The metric whose descriptor [`Declarations::get`] gives for the same index.
    fn metric(&self, index: usize) -> Option<&dyn Collect>;

    /// What [`Collect::bits`] gives of that metric, by one virtual call.
    fn bits(&self, index: usize, row: usize, totals: &Totals) -> u64 {
        self.metric(index).map_or(0, |metric| metric.bits(row, totals))
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
