//! The label names and values of a series.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::TryReserveError;
use std::sync::Arc;

use crate::memory;

/// The labels of one series, in the order of their declaration.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    table: &'a LabelTable,
    /// What a line of it starts with, in two parts.
    prefix: &'a [u8],
    rest: &'a [u8],
    /// The rest and what stands behind it in the table.
    after: &'a [u8],
}

impl<'a> Labels<'a> {
    /// How much more room the start of a line asks for than it is long.
    pub(crate) const OVERHANG: usize = SHORT;

    /// Every name with its value; an empty value is the same as no label.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + use<'a> {
        let mut text = String::with_capacity(self.prefix.len() + self.rest.len());
        self.push_text(&mut text);
        let mut rest = &*text;
        let names = self.table.head.names.iter();
        let values = names.map(|name| (&**name, next_value(&mut rest, name).into_owned().into()));
        values.collect::<Vec<_>>().into_iter()
    }

    /// Adds `name="value",…` to a text, with values escaped as text format 0.0.4 and OpenMetrics
    /// ask; nothing without labels.
    pub fn push_text(&self, text: &mut String) {
        let (prefix, rest) = self.inner();
        // A part ends where a character does.
        text.push_str(std::str::from_utf8(prefix).unwrap_or_default());
        text.push_str(std::str::from_utf8(rest).unwrap_or_default());
    }

    /// `name="value",…` in two parts.
    #[inline]
    pub(crate) fn inner(&self) -> (&'a [u8], &'a [u8]) {
        let (prefix, rest) = match self.prefix.get(self.table.head.name.len() + 1..) {
            Some(prefix) => (prefix, self.rest),
            None => (&[][..], self.rest.strip_prefix(b"{").unwrap_or(self.rest)),
        };
        (prefix, rest.strip_suffix(END.as_bytes()).unwrap_or_default())
    }

    /// Compares the values with others, the first label first.
    pub(super) fn compare<'v>(&self, mut values: impl Iterator<Item = &'v str>) -> Ordering {
        let (prefix, rest) = self.inner();
        let mut text = prefix.iter().chain(rest).copied();
        for name in &self.table.head.names {
            let other = values.next().unwrap_or_default().bytes();
            let mut own = text.clone();
            let start = name.bytes().chain(*b"=\"");
            // An empty value is left out.
            let order = if own.by_ref().take(name.len() + 2).eq(start) {
                let value = std::iter::from_fn(|| match own.next()? {
                    b'"' => None,
                    b'\\' => own.next().map(|byte| if byte == b'n' { b'\n' } else { byte }),
                    byte => Some(byte),
                });
                let order = value.cmp(other);
                // The comma.
                own.next();
                text = own;
                order
            } else {
                std::iter::empty().cmp(other)
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }

    /// How long they are as a text shows them, with the name.
    pub(super) fn text_len(&self) -> usize {
        self.prefix.len() + self.rest.len()
    }

    /// Adds what the line of a sample starts with that is called as its family is: the end of the
    /// line before, `name{label="value",…}` and a space.
    #[inline(always)]
    pub(crate) fn push_line_start(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(self.prefix);
        // What is short is copied as if it were not: that needs no call.
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

/// What is copied at once.
const SHORT: usize = 32;

/// Takes the value of the label from the text, if the next label is called so.
fn next_value<'a>(rest: &mut &'a str, name: &str) -> Cow<'a, str> {
    let value = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix("=\""));
    let Some(value) = value else { return Cow::Borrowed("") };
    let mut end = 0;
    let mut is_escaped = false;
    for byte in value.bytes() {
        match byte {
            b'"' if !is_escaped => break,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
        end += 1;
    }
    let (value, after) = value.split_at(end);
    let after = after.strip_prefix('"').unwrap_or(after);
    *rest = after.strip_prefix(',').unwrap_or(after);
    unescape(value)
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut value = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some(other) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    Cow::Owned(value)
}

/// What all rows of a family have in common.
#[derive(Debug)]
pub(super) struct Head {
    /// What every line starts with: the end of the line before, and the family's name.
    name: String,
    names: Vec<Cow<'static, str>>,
}

impl Head {
    pub(super) fn new(family: &str, names: Vec<Cow<'static, str>>) -> Arc<Head> {
        Arc::new(Head { name: format!("\n{family}"), names })
    }

    /// How many labels there are.
    pub(super) fn labels(&self) -> usize {
        self.names.len()
    }
}

/// The labels of series of a family, side by side as they stand in a text: a gather goes through
/// them in order.
///
/// In order of their values neighbours have much in common, so rows are put into groups, and what
/// those of a group start with is kept once.
#[derive(Debug)]
pub(super) struct LabelTable {
    head: Arc<Head>,
    /// What each group's rows start with, and then what each of them has behind that.
    text: Vec<u8>,
    groups: Vec<Group>,
    /// How long the second part of each row is.
    rest_lens: Vec<u32>,
    /// How long the rows are together.
    text_len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    prefix_len: u32,
    rows: u32,
}

impl LabelTable {
    fn new(head: Arc<Head>) -> LabelTable {
        let (text, groups, rest_lens) = (Vec::new(), Vec::new(), Vec::new());
        LabelTable { head, text, groups, rest_lens, text_len: 0 }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rest_lens.len()
    }

    /// How long the text of all rows is, as a text shows them.
    pub(super) fn text_len(&self) -> usize {
        self.text_len
    }

    /// Goes through the rows in order.
    #[inline]
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows {
            table: self,
            text: &self.text,
            groups: self.groups.iter(),
            rest_lens: self.rest_lens.iter(),
            prefix: &[],
            left: 0,
        }
    }
}

/// The rows of a table, one after the other.
pub(super) struct Rows<'a> {
    table: &'a LabelTable,
    /// What was not shown yet.
    text: &'a [u8],
    groups: std::slice::Iter<'a, Group>,
    rest_lens: std::slice::Iter<'a, u32>,
    prefix: &'a [u8],
    /// How many rows are left of the group.
    left: u32,
}

impl<'a> Rows<'a> {
    #[cold]
    fn next_group(&mut self) -> Option<()> {
        let group = self.groups.next()?;
        self.left = group.rows;
        (self.prefix, self.text) = self.text.split_at_checked(group.prefix_len as usize)?;
        Some(())
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Labels<'a>;

    #[inline]
    fn next(&mut self) -> Option<Labels<'a>> {
        if self.left == 0 {
            self.next_group()?;
        }
        self.left -= 1;
        let len = *self.rest_lens.next()? as usize;
        let (after, rest);
        after = self.text;
        (rest, self.text) = after.split_at_checked(len)?;
        Some(Labels { table: self.table, prefix: self.prefix, rest, after })
    }
}

/// Makes a table, row by row. After an error it is of no use any more.
pub(super) struct Builder {
    table: LabelTable,
    /// The rows of the last group.
    group: Vec<String>,
    /// How much these have in common.
    prefix_len: usize,
}

/// How much longer a prefix has to be for a group of its own.
const WORTH: usize = 8;

impl Builder {
    /// A table of no rows.
    pub(super) fn new(head: Arc<Head>) -> Builder {
        Builder { table: LabelTable::new(head), group: Vec::new(), prefix_len: 0 }
    }

    /// Adds the labels of a series, its values in the order of the names.
    pub(super) fn push<'a>(
        &mut self,
        values: impl Iterator<Item = &'a str>,
    ) -> Result<(), TryReserveError> {
        let mut row = String::new();
        memory::push_str(&mut row, &self.table.head.name)?;
        let mut separator = '{';
        for (name, value) in std::iter::zip(&self.table.head.names, values) {
            // An empty value is the same as no label.
            if !value.is_empty() {
                push_label(&mut row, separator, name, value)?;
                separator = ',';
            }
        }
        memory::push_str(&mut row, if separator == ',' { "} " } else { " " })?;
        self.push_row(row)
    }

    /// Adds the labels of a series of another table of the same labels.
    pub(super) fn push_from(&mut self, labels: Labels<'_>) -> Result<(), TryReserveError> {
        let mut row = Vec::new();
        row.try_reserve_exact(labels.prefix.len() + labels.rest.len())?;
        row.extend_from_slice(labels.prefix);
        row.extend_from_slice(labels.rest);
        self.push_row(String::from_utf8(row).unwrap_or_default())
    }

    fn push_row(&mut self, row: String) -> Result<(), TryReserveError> {
        if let Some(last) = self.group.last() {
            let common = self.common_len(last, &row);
            let shared = common.min(self.prefix_len);
            // The first two rows say what a group has in common.
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

    /// How much two rows have in common: the name at least, and not what ends them.
    fn common_len(&self, a: &str, b: &str) -> usize {
        let same = std::iter::zip(a.bytes(), b.bytes()).take_while(|(a, b)| a == b).count();
        let most = a.len().min(b.len()) - END.len();
        let mut common = same.min(most).max(self.table.head.name.len());
        while !a.is_char_boundary(common) {
            common -= 1;
        }
        common
    }

    fn end_group(&mut self) -> Result<(), TryReserveError> {
        let Some(first) = self.group.first() else { return Ok(()) };
        let LabelTable { text, groups, rest_lens, text_len, .. } = &mut self.table;
        let short = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let rests = self.group.iter().map(|row| row.len() - self.prefix_len);
        text.try_reserve(self.prefix_len.saturating_add(rests.sum()))?;
        groups.try_reserve(1)?;
        rest_lens.try_reserve(self.group.len())?;
        text.extend_from_slice(&first.as_bytes()[..self.prefix_len]);
        groups.push(Group { prefix_len: short(self.prefix_len), rows: short(self.group.len()) });
        for row in self.group.drain(..) {
            *text_len = text_len.saturating_add(row.len());
            text.extend_from_slice(&row.as_bytes()[self.prefix_len..]);
            rest_lens.push(short(row.len() - self.prefix_len));
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<LabelTable, TryReserveError> {
        self.end_group()?;
        self.table.text.shrink_to_fit();
        self.table.groups.shrink_to_fit();
        self.table.rest_lens.shrink_to_fit();
        Ok(self.table)
    }
}

/// What the rows with labels end with.
const END: &str = "} ";

fn push_label(
    text: &mut String,
    separator: char,
    name: &str,
    value: &str,
) -> Result<(), TryReserveError> {
    // What is escaped takes twice as much, and around it stand `{`, `="` and `"`.
    text.try_reserve(name.len() + 2 * value.len() + 4)?;
    text.push(separator);
    text.push_str(name);
    text.push_str("=\"");
    if value.contains(['\\', '"', '\n']) {
        for character in value.chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                other => text.push(other),
            }
        }
    } else {
        text.push_str(value);
    }
    text.push('"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_back() {
        let names = ["a", "ab", "b"].map(Cow::Borrowed);
        // In order, as they stand in a list.
        let mut rows = [
            ["", "", ""],
            ["x", "", "\"},b=\"c"],
            ["", "back\\slash\nline\\n", ""],
            ["\\", "\"", "ab=\"z\""],
            ["ä", "\0", "\\\\\""],
            ["ö", "\0", "ä"],
            ["ö", "\0", "ö"],
        ];
        rows.sort_unstable();
        let mut builder = Builder::new(Head::new("f", names.to_vec()));
        rows.iter().for_each(|row| builder.push(row.iter().copied()).unwrap());
        let table = builder.finish().unwrap();
        for (row, labels) in std::iter::zip(&rows, table.rows()) {
            assert_eq!(labels.iter().map(|(_, value)| value).collect::<Vec<_>>(), row);
            for other in &rows {
                let order = labels.compare(other.iter().copied());
                assert_eq!(order, row.cmp(other), "{row:?} {other:?}");
            }
        }
        assert_eq!(table.rows().count(), rows.len());
        let mut lines = table.rows().map(|labels| {
            let (mut start, mut text) = (Vec::new(), String::new());
            labels.push_line_start(&mut start);
            labels.push_text(&mut text);
            (String::from_utf8(start).unwrap(), text)
        });
        assert_eq!(lines.next().unwrap(), ("\nf ".to_owned(), String::new()));
        let mut lines = lines.skip(2);
        let text = r#"a="x",b="\"},b=\"c""#;
        assert_eq!(lines.next().unwrap(), (format!("\nf{{{text}}} "), text.to_owned()));
    }

    #[test]
    fn groups_keep_what_rows_start_with_once() {
        let head = Head::new("requests_total", vec!["shop".into(), "tenant".into()]);
        let mut builder = Builder::new(head);
        for shop in 0..100 {
            for tenant in 0..10 {
                let values = [format!("shop-{shop}"), format!("tenant-{tenant}")];
                builder.push(values.iter().map(String::as_str)).unwrap();
            }
        }
        let table = builder.finish().unwrap();
        assert_eq!(table.rows().count(), 1_000);
        assert!(table.groups.len() <= 100, "{}", table.groups.len());
        assert!(table.text.len() < 12_000, "{}", table.text.len());
    }
}
