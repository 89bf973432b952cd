//! The labels of a series, as sinks see them.

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

/// The labels of rows, and when the rows were created.
pub(crate) trait RowFacts {
    /// Returns when a row was created.
    fn created(&self, _row: usize) -> Option<Duration> {
        None
    }

    /// Returns the value of the label with the name at index `label`.
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

    /// Returns every name with its value. An empty value is the same as no label.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let Labels { names, values, row } = *self;
        let pair = move |(label, name): (usize, &'a Cow<'static, str>)| {
            (name.as_ref(), values.label_value(row, label))
        };
        names.iter().enumerate().map(pair)
    }

    /// Returns the value of a label; `None` if there is no label with this name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.iter().find(|(label, _)| *label == name).map(|(_, value)| value)
    }
}

impl fmt::Debug for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
