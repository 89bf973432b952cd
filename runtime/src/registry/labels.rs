//! The label names and values of a series.

use std::borrow::Cow;

/// The labels of one series, in the order of their declaration.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    table: &'a LabelTable,
    range: LabelRange,
}

impl<'a> Labels<'a> {
    /// Every name with its value; an empty value is the same as no label.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let LabelTable { names, values, .. } = self.table;
        let start = self.range.row as usize * names.len();
        let values = values.get(start..).unwrap_or_default();
        std::iter::zip(names, values).map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// `name="value",…` with values escaped as text format 0.0.4 and OpenMetrics ask; empty
    /// without labels.
    pub fn as_text(&self) -> &'a str {
        // The head without the name, the braces and the space.
        let braced = self.head().get(self.table.name.len()..).unwrap_or_default();
        braced.strip_prefix('{').and_then(|text| text.strip_suffix("} ")).unwrap_or_default()
    }

    /// `name{label="value",…} `: what a sample's line starts with in text formats, up to the
    /// value, if the sample is called as its family is.
    #[inline]
    pub(crate) fn head(&self) -> &'a str {
        let end = self.range.head_start + self.range.head_len as usize;
        self.table.heads.get(self.range.head_start..end).unwrap_or_default()
    }
}

/// The labels of all series of a family, side by side: a gather goes through them in order.
#[derive(Debug, Default)]
pub(super) struct LabelTable {
    names: Vec<Cow<'static, str>>,
    /// As many for each series as there are names.
    values: Vec<Cow<'static, str>>,
    name: Cow<'static, str>,
    /// What the lines of one series after the other start with.
    heads: String,
}

/// Where a series' labels are in the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct LabelRange {
    row: u32,
    head_start: usize,
    head_len: u32,
}

impl LabelTable {
    pub(super) fn new(name: Cow<'static, str>, names: Vec<Cow<'static, str>>) -> LabelTable {
        LabelTable { name, names, ..LabelTable::default() }
    }

    pub(super) fn push(&mut self, values: &[Cow<'static, str>]) -> LabelRange {
        let row = self.values.len() / self.names.len().max(1);
        let head_start = self.heads.len();
        self.heads.push_str(&self.name);
        let mut separator = '{';
        for (name, value) in std::iter::zip(&self.names, values) {
            // An empty value is the same as no label.
            if !value.is_empty() {
                self.heads.push(separator);
                push_label(&mut self.heads, name, value);
                separator = ',';
            }
        }
        self.heads.push_str(if separator == ',' { "} " } else { " " });
        self.values.extend_from_slice(values);
        let short = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let head_len = short(self.heads.len() - head_start);
        LabelRange { row: short(row), head_start, head_len }
    }

    #[inline]
    pub(super) fn get(&self, range: LabelRange) -> Labels<'_> {
        Labels { table: self, range }
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
