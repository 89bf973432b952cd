//! The labels of a series, as every sink sees them.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The labels of one series, in the order of their declaration.
#[derive(Clone, Copy)]
pub struct Labels<'a> {
    names: &'a [Cow<'static, str>],
    values: &'a dyn RowFacts,
    row: usize,
}

/// Knows of some rows what is not their value.
pub(crate) trait RowFacts {
    /// When a row began to count.
    fn created(&self, _row: usize) -> Option<Duration> {
        None
    }

    /// The value of the label at that position, in the order of the names.
    fn label_value(&self, row: usize, label: usize) -> &str;
}

impl<'a> Labels<'a> {
    pub(crate) fn new(
        names: &'a [Cow<'static, str>],
        values: &'a dyn RowFacts,
        row: usize,
    ) -> Labels<'a> {
        Labels { names, values, row }
    }

    pub(crate) fn names(&self) -> &'a [Cow<'static, str>] {
        self.names
    }

    /// Every name with its value; an empty value is the same as no label.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let Labels { names, values, row } = *self;
        let pair = move |(label, name): (usize, &'a Cow<'static, str>)| {
            (name.as_ref(), values.label_value(row, label))
        };
        names.iter().enumerate().map(pair)
    }

    /// The value of a label; `None` if there is no label of that name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.iter().find(|(label, _)| *label == name).map(|(_, value)| value)
    }
}

impl fmt::Debug for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
