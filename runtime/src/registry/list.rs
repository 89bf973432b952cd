//! The series of a family, in the order of their label values, and where each has its value.
//!
//! They are kept in blocks, so that a series that comes or goes makes one block anew and not the
//! list.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashSet, TryReserveError};
use std::ops::Range;
use std::sync::Arc;

use super::labels::{Builder, Head, LabelTable, Labels};
use super::source::{Source, Sources};
use crate::collect::{Column, Pick};
use crate::memory;
use crate::number::Number;
use crate::place::Totals;
use crate::rows::Rows;
use crate::unit::Scale;

/// All series of a family, in order.
#[derive(Clone)]
pub(super) struct SeriesList {
    head: Arc<Head>,
    /// None is empty.
    blocks: Vec<Arc<Block>>,
}

/// Some that stand side by side.
struct Block {
    labels: LabelTable,
    column: Box<dyn Column>,
    /// Equal series add up: the indices in the column of those that stand behind an equal one, and
    /// have no labels of their own. There are nearly never any.
    joined: Vec<usize>,
}

/// Series that came and went.
pub(super) struct News<'a> {
    /// Those that came, and perhaps some that are there already.
    pub(super) column: &'a dyn Column,
    /// The label values of each of them.
    pub(super) values: &'a Rows,
    /// The label values of those that went, or nothing if it is not known which did.
    pub(super) gone: Option<&'a Rows>,
    /// The numbers of structs that went.
    pub(super) structs: &'a HashSet<u64>,
}

/// How many values are read at a time: they lie all over the memory, and the processor waits for
/// them together.
const BATCH: usize = 32;

/// A block has no more rows than this. So much is made anew where one series comes or goes.
const MAX_ROWS: usize = 512;

/// Blocks that hold fewer rows than this on average are put together.
const FEW_ROWS: usize = 64;

impl SeriesList {
    /// The list of no series.
    pub(super) fn new(family: &str, names: Vec<Cow<'static, str>>) -> SeriesList {
        SeriesList { head: Head::new(family, names), blocks: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// How many series a gather shows, and how long their labels and names are together.
    pub(super) fn size(&self) -> (usize, usize) {
        let sizes = self.blocks.iter().map(|block| (block.labels.len(), block.labels.text_len()));
        sizes.fold((0, 0), |(rows, text), (more, len)| (rows + more, text + len))
    }

    /// How many labels each series has.
    pub(super) fn labels(&self) -> usize {
        self.head.labels()
    }

    /// The list with what came and without what went. Only the blocks where that is are made anew.
    ///
    /// # Errors
    ///
    /// If there is no memory for it.
    pub(super) fn with(&self, news: &News<'_>) -> Result<SeriesList, TryReserveError> {
        let mut fresh = memory::collect(0..news.values.len())?;
        fresh.retain(|index| !news.column.is_gone(*index, news.structs));
        fresh.sort_unstable_by(|a, b| news.values.compare(*a, *b).then(a.cmp(b)));
        let mut changes = self.changes(&fresh, news)?;
        let rows: usize = self.blocks.iter().map(|block| block.labels.len()).sum();
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
                    self.merge(start..start + len, fresh, news, &mut blocks)?;
                }
                Some([only]) => {
                    let fresh = &fresh[only.fresh.clone()];
                    self.merge(start..start + len, fresh, news, &mut blocks)?;
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

    /// What changes of each block. Without a block all that is fresh is one change.
    fn changes(&self, fresh: &[usize], news: &News<'_>) -> Result<Vec<Change>, TryReserveError> {
        if self.blocks.is_empty() {
            return Ok(vec![Change { fresh: 0..fresh.len(), is_any: !fresh.is_empty() }]);
        }
        let unchanged = |_: &Arc<Block>| Change { fresh: 0..0, is_any: false };
        let mut changes = memory::collect(self.blocks.iter().map(unchanged))?;
        let (mut block, mut start) = (0, 0);
        while start < fresh.len() {
            block = self.block_of(block, news.values, fresh[start]);
            // Those up to the next block.
            let len = match self.blocks.get(block + 1).and_then(|next| next.first()) {
                Some(next) => fresh[start..].partition_point(|index| {
                    next.compare(news.values.row(*index)) == Ordering::Greater
                }),
                None => fresh.len() - start,
            };
            changes[block] = Change { fresh: start..start + len, is_any: true };
            start += len;
        }
        // What stands between two changes has none.
        let mut end = 0;
        for change in &mut changes {
            if change.fresh.is_empty() {
                change.fresh = end..end;
            }
            end = change.fresh.end;
        }
        match news.gone {
            Some(gone) => (0..gone.len()).for_each(|row| {
                changes[self.block_of(0, gone, row)].is_any = true;
            }),
            None => std::iter::zip(&mut changes, &self.blocks).for_each(|(change, block)| {
                change.is_any |= block.is_any_gone(news.structs);
            }),
        }
        Ok(changes)
    }

    /// The block, that one or a later one, where series of these values belong.
    fn block_of(&self, from: usize, values: &Rows, row: usize) -> usize {
        let starts_before = |block: &Arc<Block>| {
            block.first().is_some_and(|first| first.compare(values.row(row)) != Ordering::Greater)
        };
        let later = self.blocks.get(from + 1..).unwrap_or_default();
        from + later.partition_point(starts_before)
    }

    /// Makes some blocks anew, with what is fresh and without what has gone.
    fn merge(
        &self,
        blocks: Range<usize>,
        fresh: &[usize],
        news: &News<'_>,
        made: &mut Vec<Arc<Block>>,
    ) -> Result<(), TryReserveError> {
        let blocks = self.blocks.get(blocks).unwrap_or_default();
        let rows = fresh.len() + blocks.iter().map(|block| block.labels.len()).sum::<usize>();
        let mut columns = memory::collect(blocks.iter().map(|block| &*block.column))?;
        memory::push(&mut columns, news.column)?;
        let mut writer = Writer {
            head: &self.head,
            columns,
            size: rows.div_ceil(rows.div_ceil(MAX_ROWS).max(1)),
            labels: Builder::new(self.head.clone()),
            picks: Vec::new(),
            joined: Vec::new(),
            rows: 0,
            made,
        };
        let fresh_column = writer.columns.len() - 1;
        let mut fresh = fresh.iter().copied().peekable();
        // The fresh one pushed last, if nothing came after it.
        let mut last: Option<usize> = None;
        let push_fresh = |writer: &mut Writer<'_>, last: &mut Option<usize>, index: usize| {
            if last.is_some_and(|last| news.values.compare(last, index) == Ordering::Equal) {
                return writer.join(fresh_column, index);
            }
            *last = Some(index);
            writer.begin_row()?;
            writer.labels.push(news.values.row(index))?;
            writer.pick(fresh_column, index)
        };
        for (number, block) in blocks.iter().enumerate() {
            for (labels, indices) in block.rows() {
                let compare = |index: &usize| labels.compare(news.values.row(*index));
                while let Some(index) = fresh.next_if(|index| compare(index) == Ordering::Greater) {
                    push_fresh(&mut writer, &mut last, index)?;
                }
                // All of the row, which is of one series save for those that add up.
                let mut is_pushed = false;
                for index in indices.clone() {
                    if block.column.is_gone(index, news.structs) {
                        continue;
                    }
                    if is_pushed {
                        writer.join(number, index)?;
                    } else {
                        writer.begin_row()?;
                        writer.labels.push_from(labels)?;
                        writer.pick(number, index)?;
                        (is_pushed, last) = (true, None);
                    }
                }
                if !is_pushed {
                    continue;
                }
                // The equal ones that are fresh add up with it, save for the very same.
                while let Some(index) = fresh.next_if(|index| compare(index) == Ordering::Equal) {
                    let is_same = |old| block.column.is_same(old, news.column, index);
                    if !indices.clone().any(is_same) {
                        writer.join(fresh_column, index)?;
                    }
                }
            }
        }
        fresh.try_for_each(|index| push_fresh(&mut writer, &mut last, index))?;
        writer.end_block()
    }

    /// How many values all series together have rejected, those of open families not counted.
    pub(super) fn rejected(&self) -> u64 {
        let sources = self.blocks.iter().flat_map(|block| Sources::of(&*block.column));
        sources.map(Source::rejected).fold(0, u64::wrapping_add)
    }

    /// Shows every series with the bits of its value; if `is_sparse`, only those that were ever
    /// updated.
    #[inline]
    pub(super) fn scalars(
        &self,
        totals: &Totals,
        how: (Scale, bool),
        mut show: impl FnMut(Labels<'_>, u64),
    ) {
        for block in &self.blocks {
            block.scalars(totals, how, &mut show);
        }
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
        for block in &self.blocks {
            for (labels, columns) in block.rows() {
                buckets.clear();
                let sums = columns.map(|index| block.column.histogram(index, totals, buckets));
                let sum = sums.reduce(Number::plus).unwrap_or(Number::Whole(0));
                if !is_sparse || buckets.iter().any(|count| *count != 0) {
                    show(labels, buckets, sum);
                }
            }
        }
    }
}

/// What changes of a block.
#[derive(Clone)]
struct Change {
    /// Which of those that are fresh belong there.
    fresh: Range<usize>,
    is_any: bool,
}

/// Makes blocks, row by row.
struct Writer<'a> {
    head: &'a Arc<Head>,
    /// Where the series come from.
    columns: Vec<&'a dyn Column>,
    /// How many rows a block gets.
    size: usize,
    labels: Builder,
    picks: Vec<Pick>,
    joined: Vec<usize>,
    /// How many rows the present block has.
    rows: usize,
    made: &'a mut Vec<Arc<Block>>,
}

impl Writer<'_> {
    fn begin_row(&mut self) -> Result<(), TryReserveError> {
        if self.rows == self.size {
            self.end_block()?;
        }
        self.rows += 1;
        Ok(())
    }

    fn pick(&mut self, column: usize, index: usize) -> Result<(), TryReserveError> {
        memory::push(&mut self.picks, Pick { column: column as u32, index: index as u32 })
    }

    /// Adds a series to the row begun last.
    fn join(&mut self, column: usize, index: usize) -> Result<(), TryReserveError> {
        memory::push(&mut self.joined, self.picks.len())?;
        self.pick(column, index)
    }

    fn end_block(&mut self) -> Result<(), TryReserveError> {
        let picks = std::mem::take(&mut self.picks);
        let labels = std::mem::replace(&mut self.labels, Builder::new(self.head.clone()));
        let joined = std::mem::take(&mut self.joined);
        self.rows = 0;
        // Any column that is not empty knows the type of all.
        let column = self.columns.iter().find(|column| column.len() > 0);
        if let (false, Some(column)) = (picks.is_empty(), column) {
            let column = column.gathered(&self.columns, &picks)?;
            let block = Block { labels: labels.finish()?, column, joined };
            memory::push(self.made, Arc::new(block))?;
        }
        Ok(())
    }
}

impl Block {
    /// The labels of the first row.
    fn first(&self) -> Option<Labels<'_>> {
        self.labels.rows().next()
    }

    fn is_any_gone(&self, structs: &HashSet<u64>) -> bool {
        (0..self.column.len()).any(|index| self.column.is_gone(index, structs))
    }

    #[inline]
    fn scalars(
        &self,
        totals: &Totals,
        (scale, is_sparse): (Scale, bool),
        show: &mut impl FnMut(Labels<'_>, u64),
    ) {
        if is_sparse || !self.joined.is_empty() {
            return self.scalars_slowly(totals, (scale, is_sparse), show);
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
        for (labels, columns) in self.rows() {
            if is_sparse && !columns.clone().any(|index| self.column.is_touched(index, totals)) {
                continue;
            }
            let bits = columns.map(|index| {
                let mut bits = [0];
                self.column.read(index, totals, &mut bits);
                bits[0]
            });
            if let Some(bits) = bits.reduce(|bits, other| scale.plus(bits, other)) {
                show(labels, bits);
            }
        }
    }

    /// The labels of every series, and where in the column its values are.
    #[inline]
    fn rows(&self) -> impl Iterator<Item = (Labels<'_>, Range<usize>)> {
        let mut start = 0;
        self.labels.rows().map(move |labels| {
            let mut end = start + 1;
            while !self.joined.is_empty() && self.joined.binary_search(&end).is_ok() {
                end += 1;
            }
            let columns = start..end;
            start = end;
            (labels, columns)
        })
    }
}
