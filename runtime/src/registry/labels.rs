//! The label names and values of a series.

use std::borrow::Cow;

/// The labels of one series, in the order of their declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels<'a> {
    names: &'a [Cow<'static, str>],
    values: &'a [Cow<'static, str>],
    text: &'a str,
}

impl<'a> Labels<'a> {
    /// Every name with its value; an empty value is the same as no label.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        std::iter::zip(self.names, self.values).map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// `name="value",…` with values escaped as text format 0.0.4 and OpenMetrics ask; empty
    /// without labels.
    pub fn as_text(&self) -> &'a str {
        self.text
    }
}

/// The labels of all series of a family, side by side: a gather goes through them in order.
#[derive(Debug, Default)]
pub(super) struct LabelTable {
    names: Vec<Cow<'static, str>>,
    /// As many for each series as there are names.
    values: Vec<Cow<'static, str>>,
    /// The rendered labels of one series after the other.
    text: String,
}

/// Where a series' labels are in the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct LabelRange {
    row: u32,
    text_start: u32,
    text_len: u32,
}

impl LabelTable {
    pub(super) fn new(names: Vec<Cow<'static, str>>) -> LabelTable {
        LabelTable { names, ..LabelTable::default() }
    }

    pub(super) fn push(&mut self, values: &[Cow<'static, str>]) -> LabelRange {
        let row = self.values.len() / self.names.len().max(1);
        let text_start = self.text.len();
        for (name, value) in std::iter::zip(&self.names, values) {
            // An empty value is the same as no label.
            if value.is_empty() {
                continue;
            }
            if self.text.len() > text_start {
                self.text.push(',');
            }
            push_label(&mut self.text, name, value);
        }
        self.values.extend_from_slice(values);
        let index = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        LabelRange {
            row: index(row),
            text_start: index(text_start),
            text_len: index(self.text.len() - text_start),
        }
    }

    pub(super) fn get(&self, range: LabelRange) -> Labels<'_> {
        let start = range.row as usize * self.names.len();
        let text_start = range.text_start as usize;
        Labels {
            names: &self.names,
            values: self.values.get(start..start + self.names.len()).unwrap_or_default(),
            text: self
                .text
                .get(text_start..text_start + range.text_len as usize)
                .unwrap_or_default(),
        }
    }
}

fn push_label(text: &mut String, name: &str, value: &str) {
    text.push_str(name);
    text.push_str("=\"");
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
    text.push('"');
}
