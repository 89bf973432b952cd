//! A family as a gather sees it.

use std::collections::TryReserveError;
use std::fmt;
use std::sync::Arc;

use super::SeriesLabels;
use super::column::{SeriesColumn, SeriesItem};
use crate::collect::Column;
use crate::number::Number;
use crate::place::Totals;
use crate::rows::Rows;
use crate::storage::{OpenTable, Series, Version};

/// A family, whatever its labels and its metric.
pub trait CollectFamily: Send + Sync {
    /// How many series there are, if the labels are closed.
    fn members(&self) -> Option<usize>;

    /// The values of a closed series.
    fn member_values(&self, member: usize) -> Vec<&'static str>;

    /// What [`Collect::bits`] gives of a closed series.
    fn member_bits(&self, member: usize, totals: &Totals) -> u64;

    /// What [`Collect::histogram`] gives of a closed series.
    fn member_histogram(&self, member: usize, totals: &Totals, buckets: &mut Vec<u64>) -> Number;

    /// Whether a closed series has ever been updated.
    fn is_touched(&self, member: usize, totals: &Totals) -> bool;

    /// Removes the series of an open family that were not updated for too long, and drops what was
    /// removed.
    fn tidy(&self);

    /// What the series of an open family are now.
    fn version(&self) -> Version;

    /// The series of an open family that came and went between two versions, with their values;
    /// nothing if there was never one.
    ///
    /// # Errors
    ///
    /// If there is no memory to say so.
    fn changes(&self, from: Version, to: Version)
    -> Result<Option<FamilyChanges>, TryReserveError>;

    /// How many values were dropped because they cannot be stored.
    fn rejected(&self) -> u64;

    /// How many updates an open family has turned away to the series that stand for the rest.
    fn overflow_updates(&self) -> u64;

    /// Removes every series that `is_it` picks, and says how many.
    fn remove_where(&self, is_it: &mut dyn FnMut(&SeriesLabels<'_>) -> bool) -> usize;
}

/// Series of an open family that came and went.
pub struct FamilyChanges {
    /// Those that came, and some that were there.
    pub(crate) column: Box<dyn Column>,
    /// The values of each of them.
    pub(crate) values: Rows,
    /// The values of those that went, or nothing if it is not known which did.
    pub(crate) gone: Option<Rows>,
}

impl FamilyChanges {
    /// What has changed in a table, of whose series `show` adds what a family shows: with as many
    /// labels as this, and so many buckets.
    pub(crate) fn of<C: 'static, I: SeriesItem>(
        table: &OpenTable<C>,
        (from, to): (Version, Version),
        (labels, buckets): (usize, usize),
        show: impl Fn(&Arc<Series<C>>, &mut Vec<I>, &mut Rows) -> Result<(), TryReserveError>,
    ) -> Result<FamilyChanges, TryReserveError> {
        let (mut items, mut values) = (Vec::new(), Rows::new(labels));
        let gone = match table.changed_between(from, to) {
            Some(changed) => {
                let (mut gone_items, mut gone) = (Vec::new(), Rows::new(labels));
                for series in &changed {
                    if series.is_gone() {
                        show(series, &mut gone_items, &mut gone)?;
                    } else {
                        show(series, &mut items, &mut values)?;
                    }
                }
                Some(gone)
            }
            None => {
                let made = table.made_since(from)?;
                made.iter().try_for_each(|series| show(series, &mut items, &mut values))?;
                // Nothing can have gone where nothing was.
                (from == Version::ZERO).then(|| Rows::new(labels))
            }
        };
        Ok(FamilyChanges { column: Box::new(SeriesColumn::new(items, buckets)), values, gone })
    }
}

impl fmt::Debug for FamilyChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FamilyChanges").field("values", &self.values).finish_non_exhaustive()
    }
}
