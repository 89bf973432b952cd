//! What comes and goes of an open family, for a gather.

use std::collections::TryReserveError;
use std::sync::Arc;

use super::column::{SeriesColumn, SeriesItem};
use crate::read::Changes;
use crate::storage::{OpenTable, Series, Version};

impl Changes {
    /// What has changed in a table, of whose series `show` adds the rows of a family: of a
    /// histogram they have so many buckets.
    pub(crate) fn of<C: 'static, I: SeriesItem>(
        table: &OpenTable<C>,
        (from, to): (Version, Version),
        buckets: usize,
        show: impl Fn(&Arc<Series<C>>, &mut Vec<I>) -> Result<(), TryReserveError>,
    ) -> Result<Changes, TryReserveError> {
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
                // Nothing can have gone where nothing was.
                (from == Version::ZERO).then(Vec::new)
            }
        };
        let column =
            |items| -> Box<dyn crate::read::Column> { Box::new(SeriesColumn::new(items, buckets)) };
        Ok(Changes { came: column(came), went: went.map(column) })
    }
}
