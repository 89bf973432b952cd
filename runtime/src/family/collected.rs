//! A family as a gather sees it.

use std::fmt;

use super::SeriesLabels;
use crate::collect::Column;
use crate::number::Number;
use crate::place::Totals;
use crate::storage::Version;

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

    /// Removes the series of an open family that were not updated for too long.
    fn expire(&self);

    /// What the series of an open family are now.
    fn version(&self) -> Version;

    /// The series of an open family that were made between two versions, with their values.
    fn made_between(&self, from: Version, to: Version) -> Made;

    /// How many values were dropped because they cannot be stored.
    fn rejected(&self) -> u64;

    /// How many updates an open family has turned away to the series that stand for the rest.
    fn overflow_updates(&self) -> u64;

    /// Removes every series that `is_it` picks, and says how many.
    fn remove_where(&self, is_it: &mut dyn FnMut(&SeriesLabels<'_>) -> bool) -> usize;
}

/// Series of an open family, and the values of each.
pub struct Made {
    pub(crate) column: Box<dyn Column>,
    pub(crate) values: Vec<Vec<String>>,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("values", &self.values).finish_non_exhaustive()
    }
}
