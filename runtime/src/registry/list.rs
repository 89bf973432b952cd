//! The series of a family, in the order of their label values, and where each has its value.
//!
//! They are kept in blocks, so that a series that comes or goes makes one block anew and not the
//! list.

use std::any::Any;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashSet, TryReserveError};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use once_cell::race::OnceBox;

use super::labels::{LabelValues, Labels};
use super::set::{Origins, Rows};
use super::sink::{Flow, HistogramValue, Point, Value};
use super::source::{Source, Sources};
use super::values::Values;
use crate::collect::{Column, Pick};
use crate::descriptor::Descriptor;
use crate::kind::Kind;
use crate::memory;
use crate::number::Number;
use crate::place::Totals;

/// All series of a family, in order.
#[derive(Clone)]
pub(super) struct SeriesList {
    head: Arc<Head>,
    /// None is empty.
    blocks: Vec<Arc<Block>>,
}

/// What all series of a family have in common.
struct Head {
    /// The names of the labels, and those that the registry gives to all last.
    names: Vec<Cow<'static, str>>,
    /// The values that the registry gives to all.
    extra: Vec<String>,
}

/// Some that stand side by side.
pub(super) struct Block {
    head: Arc<Head>,
    column: Box<dyn Column>,
    origins: Origins,
    /// Equal series add up: the indices in the column of those that stand behind an equal one. There
    /// are nearly never any.
    joined: Vec<usize>,
    /// What a format keeps of the labels.
    cached: OnceBox<Box<dyn Any + Send + Sync>>,
}

/// Series that came and went.
pub(super) struct News<'a> {
    /// Those that came, and perhaps some that are there already.
    pub(super) came: Rows<'a>,
    /// Those that went, or nothing if it is not known which did.
    pub(super) went: Option<Rows<'a>>,
    /// The numbers of structs that went.
    pub(super) structs: &'a HashSet<u64>,
}

impl Head {
    /// How many labels there are without those of the registry.
    fn declared(&self) -> usize {
        self.names.len() - self.extra.len()
    }
}

/// How many values are read at a time: they lie all over the memory, and the processor waits for
/// them together.
const BATCH: usize = 32;

/// A block has no more rows than this. So much is made anew where one series comes or goes.
const MAX_ROWS: usize = 512;

/// Blocks that hold fewer rows than this on average are put together.
const FEW_ROWS: usize = 64;

impl SeriesList {
    /// The list of no series, with labels of these names, of which the registry gives these values
    /// to the last ones.
    pub(super) fn new(names: Vec<Cow<'static, str>>, extra: Vec<String>) -> SeriesList {
        SeriesList { head: Arc::new(Head { names, extra }), blocks: Vec::new() }
    }

    /// The label values of rows, as they are compared.
    fn values(&self, rows: Rows<'_>) -> Result<Values, TryReserveError> {
        let labels = self.head.declared();
        let mut values = Values::new(labels);
        for row in 0..rows.column.len() {
            values.try_push((0..labels).map(|label| rows.value(row, label, labels)))?;
        }
        Ok(values)
    }

    /// The list with what came and without what went. Only the blocks where that is are made anew.
    ///
    /// # Errors
    ///
    /// If there is no memory for it.
    pub(super) fn with(&self, news: &News<'_>) -> Result<SeriesList, TryReserveError> {
        let values = self.values(news.came)?;
        let mut fresh = memory::collect(0..values.len())?;
        fresh.retain(|index| !news.came.column.is_gone(*index, news.structs));
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

    /// What changes of each block. Without a block all that is fresh is one change.
    fn changes(
        &self,
        fresh: &[usize],
        values: &Values,
        news: &News<'_>,
    ) -> Result<Vec<Change>, TryReserveError> {
        if self.blocks.is_empty() {
            return Ok(vec![Change { fresh: 0..fresh.len(), is_any: !fresh.is_empty() }]);
        }
        let unchanged = |_: &Arc<Block>| Change { fresh: 0..0, is_any: false };
        let mut changes = memory::collect(self.blocks.iter().map(unchanged))?;
        let (mut block, mut start) = (0, 0);
        while start < fresh.len() {
            block = self.block_of(block, values, fresh[start]);
            // Those up to the next block.
            let len = match self.blocks.get(block + 1) {
                Some(next) => fresh[start..].partition_point(|index| {
                    next.compare(0, values.row(*index)) == Ordering::Greater
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

    /// The block, that one or a later one, where series of these values belong.
    fn block_of(&self, from: usize, values: &Values, row: usize) -> usize {
        let starts_before =
            |block: &Arc<Block>| block.compare(0, values.row(row)) != Ordering::Greater;
        let later = self.blocks.get(from + 1..).unwrap_or_default();
        from + later.partition_point(starts_before)
    }

    /// Makes some blocks anew, with what is fresh and without what has gone.
    fn merge(
        &self,
        blocks: Range<usize>,
        (fresh, values): (&[usize], &Values),
        news: &News<'_>,
        made: &mut Vec<Arc<Block>>,
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
        // The fresh one pushed last, if nothing came after it.
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
                // All of the row, which is of one series save for those that add up.
                let mut is_pushed = false;
                for index in series.clone() {
                    if block.column.is_gone(index, news.structs) {
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
                // The equal ones that are fresh add up with it, save for the very same.
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

    /// How many values all series together have rejected, those of open families not counted.
    pub(super) fn rejected(&self) -> u64 {
        let sources = self.blocks.iter().flat_map(|block| Sources::of(&*block.column));
        sources.map(Source::rejected).fold(0, u64::wrapping_add)
    }

    /// Its series, some at a time.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().map(|block| &**block)
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
    columns: Vec<Rows<'a>>,
    /// How many series a block gets.
    size: usize,
    picks: Vec<Pick>,
    joined: Vec<usize>,
    /// How many series the present block has.
    rows: usize,
    made: &'a mut Vec<Arc<Block>>,
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

    /// Adds another one of the labels of the series pushed last.
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
        // Any column that is not empty knows the type of all.
        let typed = self.columns.iter().find(|rows| rows.column.len() > 0);
        let (false, Some(typed)) = (picks.is_empty(), typed) else { return Ok(()) };
        let columns = memory::collect(self.columns.iter().map(|rows| rows.column))?;
        let origins = memory::collect(self.columns.iter().map(|rows| rows.origins))?;
        let block = Block {
            head: self.head.clone(),
            column: typed.column.gathered(&columns, &picks)?,
            origins: Origins::gathered(&origins, &picks)?,
            joined,
            cached: OnceBox::new(),
        };
        memory::push(self.made, Arc::new(block))
    }
}

impl Block {
    fn rows(&self) -> Rows<'_> {
        Rows { column: &*self.column, origins: &self.origins }
    }

    /// Compares the label values of a row with others, the first label first.
    fn compare<'v>(&self, index: usize, mut values: impl Iterator<Item = &'v str>) -> Ordering {
        let own = (0..self.head.declared()).map(|label| self.label_value(index, label));
        let mut orders = own.map(|own| own.cmp(values.next().unwrap_or_default()));
        orders.find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
    }

    fn is_any_gone(&self, structs: &HashSet<u64>) -> bool {
        (0..self.column.len()).any(|index| self.column.is_gone(index, structs))
    }

    /// Where in the column each series has its values.
    #[inline]
    fn series(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let mut end = start + 1;
            while !self.joined.is_empty() && self.joined.binary_search(&end).is_ok() {
                end += 1;
            }
            let series = start..end;
            start = end;
            (series.start < self.column.len()).then_some(series)
        })
    }
}

impl LabelValues for Block {
    fn label_value(&self, row: usize, label: usize) -> &str {
        match label.checked_sub(self.head.declared()) {
            None => self.rows().value(row, label, self.head.declared()),
            Some(index) => self.head.extra.get(index).map_or("", String::as_str),
        }
    }
}

/// Some series of a family, side by side.
#[doc(hidden)]
pub struct Batch<'a> {
    pub(super) family: &'a Descriptor,
    pub(super) block: &'a Block,
    pub(super) totals: &'a Totals,
    /// Room for the buckets of one.
    pub(super) buckets: &'a mut Vec<u64>,
}

impl<'a> Batch<'a> {
    pub(crate) fn family(&self) -> &'a Descriptor {
        self.family
    }

    /// How many rows there are; there are seldom fewer series, since equal ones add up.
    pub(crate) fn rows(&self) -> usize {
        self.block.column.len()
    }

    /// The labels of the series at a row.
    pub(crate) fn labels(&self, row: usize) -> Labels<'a> {
        Labels::new(&self.block.head.names, self.block, row)
    }

    /// What a format keeps of these labels, made at the first time.
    pub(crate) fn cached<T: Any + Send + Sync, E>(
        &self,
        make: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<Option<&'a T>, E> {
        let cached = self.block.cached.get_or_try_init(|| {
            let made: Box<dyn Any + Send + Sync> = Box::new(make(self)?);
            Ok(Box::new(made))
        })?;
        Ok((**cached).downcast_ref())
    }

    /// Whether there is any series to be shown.
    pub(super) fn is_any_touched(&mut self) -> bool {
        let (column, totals) = (&self.block.column, self.totals);
        (0..column.len()).any(|index| match self.family.kind {
            Kind::Histogram => {
                self.buckets.clear();
                column.histogram(index, totals, self.buckets);
                self.buckets.iter().any(|count| *count != 0)
            }
            _ => column.is_touched(index, totals),
        })
    }

    /// Shows the bits of every series, and how many rows stand between the series shown before and
    /// this one.
    #[inline]
    pub(crate) fn scalars(&self, mut show: impl FnMut(usize, u64)) {
        if self.family.is_sparse || !self.block.joined.is_empty() {
            return self.scalars_slowly(&mut show);
        }
        let column = &self.block.column;
        let mut values = [0; BATCH];
        let len = column.len();
        for start in (0..len).step_by(BATCH) {
            column.read(start, self.totals, &mut values);
            for bits in values.iter().take(len - start) {
                show(0, *bits);
            }
        }
    }

    #[inline(never)]
    fn scalars_slowly(&self, show: &mut dyn FnMut(usize, u64)) {
        let mut next = 0;
        for series in self.shown() {
            let bits = series.clone().map(|index| {
                let mut bits = [0];
                self.block.column.read(index, self.totals, &mut bits);
                bits[0]
            });
            if let Some(bits) = bits.reduce(|bits, other| self.family.scale.plus(bits, other)) {
                show(series.start - next, bits);
                next = series.start + 1;
            }
        }
    }

    /// The series that are to be shown.
    fn shown(&self) -> impl Iterator<Item = Range<usize>> {
        let is_touched = |index| self.block.column.is_touched(index, self.totals);
        self.block
            .series()
            .filter(move |series| !self.family.is_sparse || series.clone().any(is_touched))
    }

    /// Shows the buckets and the sum of every histogram, and how many rows stand between.
    #[inline]
    pub(crate) fn histograms(&mut self, mut show: impl FnMut(usize, &[u64], Number)) {
        let mut next = 0;
        for series in self.block.series() {
            self.buckets.clear();
            let (column, buckets) = (&self.block.column, &mut *self.buckets);
            let sums = series.clone().map(|index| column.histogram(index, self.totals, buckets));
            let sum = sums.reduce(Number::plus).unwrap_or(Number::Whole(0));
            if !self.family.is_sparse || self.buckets.iter().any(|count| *count != 0) {
                show(series.start - next, self.buckets, sum);
                next = series.start + 1;
            }
        }
    }

    /// Shows every series as a point.
    pub(crate) fn points(
        &mut self,
        show: &mut dyn FnMut(&Descriptor, Labels<'_>, &Point<'_>) -> Flow,
    ) -> Flow {
        let Descriptor { kind, scale, buckets: bounds, .. } = *self.family;
        let (family, block) = (self.family, self.block);
        let names = &block.head.names;
        let (mut row, mut flow) = (0, Flow::Continue);
        let mut point = |skipped: usize, value: Value<'_>| {
            row += skipped;
            if flow == Flow::Continue {
                flow = show(family, Labels::new(names, block, row), &Point::new(value));
            }
            row += 1;
        };
        match kind {
            Kind::Histogram => self.histograms(|skipped, counts, sum| {
                let value = HistogramValue { bounds, counts, sum };
                point(skipped, Value::Histogram(value));
            }),
            Kind::Counter => {
                self.scalars(|skipped, bits| point(skipped, Value::Counter(scale.number(bits))));
            }
            _ => self.scalars(|skipped, bits| point(skipped, Value::Gauge(scale.number(bits)))),
        }
        flow
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("rows", &self.rows()).finish_non_exhaustive()
    }
}
