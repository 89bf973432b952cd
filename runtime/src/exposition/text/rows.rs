//! The labels of series as text, rendered once and cached by the lists of a registry.
//!
//! Sorted neighbours have long common prefixes, so rows are grouped, and the prefix of a group is
//! stored once.

use std::collections::TryReserveError;

use super::name::push_label_name;
use super::push_escaped;
use crate::memory;
use crate::naming::Escaping;
use crate::read::{Batch, Labels};

/// The starts of the lines of some series: name and labels.
#[derive(Debug)]
pub(super) struct TextRows {
    /// The length of the name, including the line break before it.
    name_len: usize,
    /// For each group the common prefix, then the rest of each row.
    text: Vec<u8>,
    groups: Vec<RowGroup>,
    /// The length of the rest of each row.
    rest_lens: Vec<u32>,
    /// The total length of all rows.
    text_len: usize,
    /// The length of the longest row.
    longest: usize,
}

#[derive(Clone, Copy, Debug)]
struct RowGroup {
    prefix_len: u32,
    rows: u32,
}

impl TextRows {
    /// Renders the labels of all rows.
    pub(super) fn of(batch: &Batch<'_>) -> Result<TextRows, TryReserveError> {
        let mut builder = RowsBuilder::new(&batch.family().name)?;
        (0..batch.rows()).try_for_each(|row| builder.push(batch.labels(row)))?;
        builder.finish()
    }

    /// Returns the total length of all rows.
    pub(super) fn text_len(&self) -> usize {
        self.text_len
    }

    /// Returns the length of the longest row.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Iterates over the rows in order.
    #[inline]
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter {
            name_len: self.name_len,
            text: &self.text,
            groups: self.groups.iter(),
            rest_lens: self.rest_lens.iter(),
            prefix: &[],
            left: 0,
        }
    }
}

/// An iterator over rows.
pub(super) struct Iter<'a> {
    name_len: usize,
    /// What is left of the text.
    text: &'a [u8],
    groups: std::slice::Iter<'a, RowGroup>,
    rest_lens: std::slice::Iter<'a, u32>,
    prefix: &'a [u8],
    /// The number of rows left in the group.
    left: u32,
}

impl<'a> Iter<'a> {
    #[cold]
    fn next_group(&mut self) -> Option<()> {
        let group = self.groups.next()?;
        self.left = group.rows;
        (self.prefix, self.text) = self.text.split_at_checked(group.prefix_len as usize)?;
        Some(())
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = TextRow<'a>;

    #[inline]
    fn next(&mut self) -> Option<TextRow<'a>> {
        if self.left == 0 {
            self.next_group()?;
        }
        self.left -= 1;
        let len = *self.rest_lens.next()? as usize;
        let (after, rest);
        after = self.text;
        (rest, self.text) = after.split_at_checked(len)?;
        Some(TextRow { name_len: self.name_len, prefix: self.prefix, rest, after })
    }
}

/// The start of a line, in two parts.
#[derive(Clone, Copy)]
pub(super) struct TextRow<'a> {
    name_len: usize,
    prefix: &'a [u8],
    rest: &'a [u8],
    /// The rest, and all text after it.
    after: &'a [u8],
}

/// The length that is copied at once, in bytes.
const SHORT: usize = 32;

impl<'a> TextRow<'a> {
    /// Creates a row that is not part of a group, without the name.
    pub(super) fn alone(rest: &'a [u8]) -> TextRow<'a> {
        TextRow { name_len: 0, prefix: &[], rest, after: rest }
    }

    /// The additional capacity that [`push_line_start`](TextRow::push_line_start) needs.
    pub(super) const OVERHANG: usize = SHORT;

    /// Returns `name="value",…` in two parts.
    #[inline]
    pub(super) fn inner(&self) -> (&'a [u8], &'a [u8]) {
        let (prefix, rest) = match self.prefix.get(self.name_len + 1..) {
            Some(prefix) => (prefix, self.rest),
            None => (&[][..], self.rest.strip_prefix(b"{").unwrap_or(self.rest)),
        };
        (prefix, rest.strip_suffix(END.as_bytes()).unwrap_or_default())
    }

    /// Appends the start of a line whose sample is named like its family: a line break,
    /// `name{label="value",…}` and a space.
    #[inline(always)]
    pub(super) fn push_line_start(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(self.prefix);
        // Copying a fixed length and truncating is faster than a call of `memcpy` for a short one.
        match self.after.first_chunk::<SHORT>() {
            Some(chunk) if self.rest.len() <= SHORT => {
                let end = text.len() + self.rest.len();
                text.extend_from_slice(chunk);
                text.truncate(end);
            }
            _ => text.extend_from_slice(self.rest),
        }
    }
}

/// Builds rows. It must not be used any more after an error.
struct RowsBuilder {
    rows: TextRows,
    /// The start of every line: a line break, and the name of the family.
    name: String,
    /// The rows of the last group.
    group: Vec<String>,
    /// The length of their common prefix.
    prefix_len: usize,
}

/// How much longer a common prefix must be to start a new group.
const WORTH: usize = 8;

/// The end of rows with labels.
const END: &str = "} ";

impl RowsBuilder {
    fn new(family: &str) -> Result<RowsBuilder, TryReserveError> {
        let mut name = String::new();
        name.try_reserve_exact(family.len() + 1)?;
        name.push('\n');
        name.push_str(family);
        let (text, groups, rest_lens) = (Vec::new(), Vec::new(), Vec::new());
        let rows =
            TextRows { name_len: name.len(), text, groups, rest_lens, text_len: 0, longest: 0 };
        Ok(RowsBuilder { rows, name, group: Vec::new(), prefix_len: 0 })
    }

    /// Adds the labels of a series.
    fn push(&mut self, labels: Labels<'_>) -> Result<(), TryReserveError> {
        let mut row = String::new();
        memory::push_str(&mut row, &self.name)?;
        push_labels(&mut row, labels, None)?;
        self.push_row(row)
    }

    fn push_row(&mut self, row: String) -> Result<(), TryReserveError> {
        if let Some(last) = self.group.last() {
            let common = self.common_len(last, &row);
            let shared = common.min(self.prefix_len);
            // The first two rows determine the common prefix of a group.
            let is_first = self.group.len() == 1;
            if !is_first && (shared + WORTH < self.prefix_len || common > self.prefix_len + WORTH) {
                self.end_group()?;
            } else {
                self.prefix_len = shared;
            }
        }
        if self.group.is_empty() {
            self.prefix_len = self.common_len(&row, &row);
        }
        memory::push(&mut self.group, row)
    }

    /// Returns the length of the common prefix of two rows: at least the name, and without their
    /// end.
    fn common_len(&self, a: &str, b: &str) -> usize {
        let same = std::iter::zip(a.bytes(), b.bytes()).take_while(|(a, b)| a == b).count();
        let most = a.len().min(b.len()) - END.len();
        let mut common = same.min(most).max(self.name.len());
        while !a.is_char_boundary(common) {
            common -= 1;
        }
        common
    }

    fn end_group(&mut self) -> Result<(), TryReserveError> {
        let Some(first) = self.group.first() else { return Ok(()) };
        let TextRows { text, groups, rest_lens, text_len, longest, .. } = &mut self.rows;
        let short = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let rests = self.group.iter().map(|row| row.len() - self.prefix_len);
        text.try_reserve(self.prefix_len.saturating_add(rests.sum()))?;
        groups.try_reserve(1)?;
        rest_lens.try_reserve(self.group.len())?;
        text.extend_from_slice(&first.as_bytes()[..self.prefix_len]);
        groups.push(RowGroup { prefix_len: short(self.prefix_len), rows: short(self.group.len()) });
        for row in self.group.drain(..) {
            *text_len = text_len.saturating_add(row.len());
            *longest = row.len().max(*longest);
            text.extend_from_slice(&row.as_bytes()[self.prefix_len..]);
            rest_lens.push(short(row.len() - self.prefix_len));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<TextRows, TryReserveError> {
        self.end_group()?;
        self.rows.text.shrink_to_fit();
        self.rows.groups.shrink_to_fit();
        self.rows.rest_lens.shrink_to_fit();
        Ok(self.rows)
    }
}

/// Appends `{name="value",…} `, or a space if no label has a value. Names are escaped if `escaping`
/// is set.
pub(super) fn push_labels(
    text: &mut String,
    labels: Labels<'_>,
    escaping: Option<Escaping>,
) -> Result<(), TryReserveError> {
    let mut separator = '{';
    for (name, value) in labels.iter() {
        // An empty value means the same as no label.
        if !value.is_empty() {
            text.try_reserve(1)?;
            text.push(separator);
            match escaping {
                Some(escaping) => push_label_name(text, name, escaping),
                None => memory::push_str(text, name)?,
            }
            push_value(text, value)?;
            separator = ',';
        }
    }
    memory::push_str(text, if separator == ',' { END } else { " " })
}

/// Appends `="value"`.
fn push_value(text: &mut String, value: &str) -> Result<(), TryReserveError> {
    // Escaping may double the length, and `="` and `"` are added.
    text.try_reserve(2 * value.len() + 3)?;
    text.push_str("=\"");
    if value.contains(['\\', '"', '\n']) {
        push_escaped(text, value);
    } else {
        text.push_str(value);
    }
    text.push('"');
    Ok(())
}
