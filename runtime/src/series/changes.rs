//! Changes of an open family, for a gather.

use std::collections::TryReserveError;
use std::sync::Arc;

use super::column::{SeriesColumn, SeriesRow};
use super::{Store, Stored};
use crate::read::{Changes, Column};
use crate::storage::{OpenSeries, Version};

impl<M: Stored> Store<M> {
    /// Returns the open series created and removed between two versions; `show` adds the rows that
    /// the family shows of each. `None` if the family was never used.
    pub(crate) fn changes<R: SeriesRow<M>>(
        &self,
        (from, to): (Version, Version),
        show: impl Fn(&Arc<OpenSeries<M::Cells>>, &mut Vec<R>) -> Result<(), TryReserveError>,
    ) -> Result<Option<Changes>, TryReserveError> {
        let Some(table) = self.table() else { return Ok(None) };
        let mut came = Vec::new();
        let went = match table.changed_between(from, to) {
            Some(changed) => {
                let mut went = Vec::new();
                for series in &changed {
                    show(series, if series.is_gone() { &mut went } else { &mut came })?;
                }
                Some(went)
            }
            None => {
                table.made_since(from)?.iter().try_for_each(|series| show(series, &mut came))?;
                // Before the first version there was nothing that could have been removed.
                (from == Version::ZERO).then(Vec::new)
            }
        };
        let column = |rows| -> Box<dyn Column> {
            Box::new(SeriesColumn::<M, R>::new(rows, self.facts.clone()))
        };
        Ok(Some(Changes { came: column(came), went: went.map(column) }))
    }
}
