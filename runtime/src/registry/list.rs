//! The series of a family, sorted by label values, and where each has its value.
//!
//! They are kept in blocks, so that adding or removing a series rebuilds one block, not the whole
//! list.

use std::any::Any;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashSet, TryReserveError};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use once_cell::race::OnceBox;

use super::set::{RowOrigins, Rows};
use super::source::{RowSource, Sources};
use super::value_table::ValueTable;
use crate::descriptor::Descriptor;
use crate::memory;
use crate::place::Totals;
use crate::read::{Batch, Column, Pick, PointBuffers, RowFacts, series_of};

/// All series of a family, sorted.
#[derive(Clone)]
pub(super) struct SeriesList {
    head: Arc<Head>,
    /// No block is empty.
    blocks: Vec<Arc<RowBlock>>,
}

/// What all series of a family share.
struct Head {
    /// The label names, those that the registry adds to every series last.
    names: Vec<Cow<'static, str>>,
    /// The label values that the registry adds to every series.
    extra: Vec<String>,
}

/// Neighbouring series.
pub(super) struct RowBlock {
    head: Arc<Head>,
    column: Box<dyn Column>,
    origins: RowOrigins,
    /// Equal series are added up: the indices in the column of those that follow an equal one.
    /// There are hardly ever any.
    joined: Vec<usize>,
    /// What an exposition format caches of the labels.
    cached: OnceBox<Box<dyn Any + Send + Sync>>,
}

/// Series that were added and removed.
pub(super) struct News<'a> {
    /// The added series, and perhaps some that the list has already.
    pub(super) came: Rows<'a>,
    /// The removed series, or `None` if it is not known which they are.
    pub(super) went: Option<Rows<'a>>,
    /// The numbers of the removed structs.
    pub(super) structs: &'a HashSet<u64>,
}

impl Head {
    /// Returns the number of labels without those of the registry.
    fn declared(&self) -> usize {
        self.names.len() - self.extra.len()
    }
}

/// The most rows of a block, all of which are rebuilt when one series is added or removed.
const MAX_ROWS: usize = 512;

/// Blocks are merged if they have fewer rows than this on average.
const FEW_ROWS: usize = 64;

impl SeriesList {
    /// Creates an empty list, with label names of which the registry adds the last ones, with the
    /// values `extra`.
    pub(super) fn new(names: Vec<Cow<'static, str>>, extra: Vec<String>) -> SeriesList {
        SeriesList { head: Arc::new(Head { names, extra }), blocks: Vec::new() }
    }

    /// Returns the label values of rows, for comparison.
    fn values(&self, rows: Rows<'_>) -> Result<ValueTable, TryReserveError> {
        let labels = self.head.declared();
        let mut values = ValueTable::new(labels);
        for row in 0..rows.column.len() {
            values.try_push((0..labels).map(|label| rows.value(row, label, labels)))?;
        }
        Ok(values)
    }

    /// Returns the list with these changes applied. Only affected blocks are rebuilt.
    ///
    /// # Errors
    ///
    /// Returns an error if there is not enough memory.
    pub(super) fn with(&self, news: &News<'_>) -> Result<SeriesList, TryReserveError> {
        let values = self.values(news.came)?;
        let mut fresh = memory::collect(0..values.len())?;
        fresh.retain(|index| !news.came.is_gone(*index, news.structs));
        fresh.sort_unstable_by(|a, b| values.compare(*a, *b).then(a.cmp(b)));
        let mut changes = self.changes(&fresh, &values, news)?;
        let rows: usize = self.blocks.iter().map(|block| block.column.len()).sum();
        if self.blocks.len() > 1 && rows < FEW_ROWS * self.blocks.len() {
            changes.iter_mut().for_each(|change| change.is_any = true);
        }

        let mut blocks = Vec::new();
        blocks.try_reserve(self.blocks.len() + 1)?;
        let mut start = 0;
        while start < changes.len() {
            let len = changes[start..].iter().take_while(|change| change.is_any).count();
            match changes.get(start..start + len) {
                Some([first, .., last]) => {
                    let fresh = &fresh[first.fresh.start..last.fresh.end];
                    self.merge(start..start + len, (fresh, &values), news, &mut blocks)?;
                }
                Some([only]) => {
                    let fresh = &fresh[only.fresh.clone()];
                    self.merge(start..start + len, (fresh, &values), news, &mut blocks)?;
                }
                _ => {
                    blocks.try_reserve(1)?;
                    blocks.extend(self.blocks.get(start).cloned());
                }
            }
            start += len.max(1);
        }
        Ok(SeriesList { head: self.head.clone(), blocks })
    }

    /// Returns what changes in each block. If there are no blocks, all new rows are one change.
    fn changes(
        &self,
        fresh: &[usize],
        values: &ValueTable,
        news: &News<'_>,
    ) -> Result<Vec<Change>, TryReserveError> {
        if self.blocks.is_empty() {
            return Ok(vec![Change { fresh: 0..fresh.len(), is_any: !fresh.is_empty() }]);
        }
        let unchanged = |_: &Arc<RowBlock>| Change { fresh: 0..0, is_any: false };
        let mut changes = memory::collect(self.blocks.iter().map(unchanged))?;
        let (mut block, mut start) = (0, 0);
        while start < fresh.len() {
            block = self.block_of(block, values, fresh[start]);
            // The number of new rows before the next block.
            let len = match self.blocks.get(block + 1) {
                Some(next) => fresh[start..].partition_point(|index| {
                    next.compare(0, values.row(*index)) == Ordering::Greater
                }),
                None => fresh.len() - start,
            };
            changes[block] = Change { fresh: start..start + len, is_any: true };
            start += len;
        }
        // Blocks without new rows get an empty range in between.
        let mut end = 0;
        for change in &mut changes {
            if change.fresh.is_empty() {
                change.fresh = end..end;
            }
            end = change.fresh.end;
        }
        match news.went {
            Some(went) => {
                let went = self.values(went)?;
                for row in 0..went.len() {
                    changes[self.block_of(0, &went, row)].is_any = true;
                }
            }
            None => std::iter::zip(&mut changes, &self.blocks).for_each(|(change, block)| {
                change.is_any |= block.is_any_gone(news.structs);
            }),
        }
        Ok(changes)
    }

    /// Returns the index of the block that these label values belong to, searching from the block
    /// `from`.
    fn block_of(&self, from: usize, values: &ValueTable, row: usize) -> usize {
        let starts_before =
            |block: &Arc<RowBlock>| block.compare(0, values.row(row)) != Ordering::Greater;
        let later = self.blocks.get(from + 1..).unwrap_or_default();
        from + later.partition_point(starts_before)
    }

    /// Rebuilds blocks, with the new rows and without the removed ones.
    fn merge(
        &self,
        blocks: Range<usize>,
        (fresh, values): (&[usize], &ValueTable),
        news: &News<'_>,
        made: &mut Vec<Arc<RowBlock>>,
    ) -> Result<(), TryReserveError> {
        let blocks = self.blocks.get(blocks).unwrap_or_default();
        let rows = fresh.len() + blocks.iter().map(|block| block.column.len()).sum::<usize>();
        let mut columns = memory::collect(blocks.iter().map(|block| block.rows()))?;
        memory::push(&mut columns, news.came)?;
        let mut writer = Writer {
            head: &self.head,
            columns,
            size: rows.div_ceil(rows.div_ceil(MAX_ROWS).max(1)),
            picks: Vec::new(),
            joined: Vec::new(),
            rows: 0,
            made,
        };
        let fresh_column = writer.columns.len() - 1;
        let mut fresh = fresh.iter().copied().peekable();
        // The new row that was pushed last, if no old row was pushed after it.
        let mut last: Option<usize> = None;
        let push_fresh = |writer: &mut Writer<'_>, last: &mut Option<usize>, index: usize| {
            if last.is_some_and(|last| values.compare(last, index) == Ordering::Equal) {
                return writer.join(fresh_column, index);
            }
            *last = Some(index);
            writer.push(fresh_column, index)
        };
        for (number, block) in blocks.iter().enumerate() {
            for series in block.series() {
                let compare = |index: &usize| block.compare(series.start, values.row(*index));
                while let Some(index) = fresh.next_if(|index| compare(index) == Ordering::Greater) {
                    push_fresh(&mut writer, &mut last, index)?;
                }
                // All rows of one series; more than one only if equal series are added up.
                let mut is_pushed = false;
                for index in series.clone() {
                    if block.rows().is_gone(index, news.structs) {
                        continue;
                    }
                    if is_pushed {
                        writer.join(number, index)?;
                    } else {
                        writer.push(number, index)?;
                        (is_pushed, last) = (true, None);
                    }
                }
                if !is_pushed {
                    continue;
                }
                // New rows with equal labels are added to it, unless they are the same series.
                while let Some(index) = fresh.next_if(|index| compare(index) == Ordering::Equal) {
                    let is_same = |old| block.column.is_same(old, news.came.column, index);
                    if !series.clone().any(is_same) {
                        writer.join(fresh_column, index)?;
                    }
                }
            }
        }
        fresh.try_for_each(|index| push_fresh(&mut writer, &mut last, index))?;
        writer.end_block()
    }

    /// Returns how many values all series together rejected, without those of open families.
    pub(super) fn rejected(&self) -> u64 {
        let sources = self.blocks.iter().flat_map(|block| Sources::of(&*block.column));
        sources.map(RowSource::rejected).fold(0, u64::wrapping_add)
    }

    /// Returns the label names, and the values that the registry adds for the last ones.
    pub(super) fn labels(&self) -> (&[Cow<'static, str>], &[String]) {
        (&self.head.names, &self.head.extra)
    }

    /// Returns whether there is a series with these label values.
    pub(super) fn has<'v, I: Iterator<Item = &'v str>>(&self, values: impl Fn() -> I) -> bool {
        let starts_before = |block: &Arc<RowBlock>| block.compare(0, values()) != Ordering::Greater;
        let behind = self.blocks.partition_point(starts_before);
        let Some(block) = behind.checked_sub(1).and_then(|index| self.blocks.get(index)) else {
            return false;
        };
        let (mut low, mut high) = (0, block.column.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match block.compare(middle, values()) {
                Ordering::Equal => return true,
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        false
    }

    /// Returns the blocks of series.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &RowBlock> {
        self.blocks.iter().map(|block| &**block)
    }
}

/// What changes in a block.
#[derive(Clone)]
struct Change {
    /// The new rows that belong to the block.
    fresh: Range<usize>,
    is_any: bool,
}

/// Builds blocks row by row.
struct Writer<'a> {
    head: &'a Arc<Head>,
    /// Where the series come from.
    columns: Vec<Rows<'a>>,
    /// The number of series for each block.
    size: usize,
    picks: Vec<Pick>,
    joined: Vec<usize>,
    /// The number of series in the current block.
    rows: usize,
    made: &'a mut Vec<Arc<RowBlock>>,
}

impl Writer<'_> {
    /// Adds a series.
    fn push(&mut self, column: usize, index: usize) -> Result<(), TryReserveError> {
        if self.rows == self.size {
            self.end_block()?;
        }
        self.rows += 1;
        self.pick(column, index)
    }

    /// Adds a row with the labels of the series pushed last.
    fn join(&mut self, column: usize, index: usize) -> Result<(), TryReserveError> {
        memory::push(&mut self.joined, self.picks.len())?;
        self.pick(column, index)
    }

    fn pick(&mut self, column: usize, index: usize) -> Result<(), TryReserveError> {
        memory::push(&mut self.picks, Pick { column: column as u32, index: index as u32 })
    }

    fn end_block(&mut self) -> Result<(), TryReserveError> {
        let picks = std::mem::take(&mut self.picks);
        let joined = std::mem::take(&mut self.joined);
        self.rows = 0;
        // Any non-empty column knows the type of all.
        let typed = self.columns.iter().find(|rows| rows.column.len() > 0);
        let (false, Some(typed)) = (picks.is_empty(), typed) else { return Ok(()) };
        let columns = memory::collect(self.columns.iter().map(|rows| rows.column))?;
        let origins = memory::collect(self.columns.iter().map(|rows| rows.origins))?;
        let block = RowBlock {
            head: self.head.clone(),
            column: typed.column.gathered(&columns, &picks)?,
            origins: RowOrigins::gathered(&origins, &picks)?,
            joined,
            cached: OnceBox::new(),
        };
        memory::push(self.made, Arc::new(block))
    }
}

impl RowBlock {
    fn rows(&self) -> Rows<'_> {
        Rows { column: &*self.column, origins: &self.origins }
    }

    /// Compares the label values of a row with others, starting with the first label.
    fn compare<'v>(&self, index: usize, mut values: impl Iterator<Item = &'v str>) -> Ordering {
        let own = (0..self.head.declared()).map(|label| self.label_value(index, label));
        let mut orders = own.map(|own| own.cmp(values.next().unwrap_or_default()));
        orders.find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
    }

    fn is_any_gone(&self, structs: &HashSet<u64>) -> bool {
        (0..self.column.len()).any(|index| self.rows().is_gone(index, structs))
    }

    fn series(&self) -> impl Iterator<Item = Range<usize>> {
        series_of(self.column.len(), &self.joined)
    }

    /// Returns the block as a sink sees it.
    pub(super) fn batch<'a>(
        &'a self,
        family: &'a Descriptor,
        totals: &'a Totals,
        buffers: &'a mut PointBuffers,
    ) -> Batch<'a> {
        Batch {
            family,
            column: &*self.column,
            names: &self.head.names,
            values: self,
            joined: &self.joined,
            cached: &self.cached,
            totals,
            buffers,
        }
    }
}

impl RowFacts for RowBlock {
    fn created(&self, row: usize) -> Option<Duration> {
        self.rows().created(row)
    }

    fn label_value(&self, row: usize, label: usize) -> &str {
        match label.checked_sub(self.head.declared()) {
            None => self.rows().value(row, label, self.head.declared()),
            Some(index) => self.head.extra.get(index).map_or("", String::as_str),
        }
    }
}
