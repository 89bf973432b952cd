//! The label values of many series, as slices of one string.

use std::cmp::Ordering;
use std::collections::TryReserveError;

use crate::memory;

/// A table with a value for each row and label.
#[derive(Debug, Default)]
pub(super) struct ValueTable {
    labels: usize,
    len: usize,
    text: String,
    /// Where each value ends.
    ends: Vec<usize>,
}

impl ValueTable {
    /// Creates an empty table with `labels` columns.
    pub(super) fn new(labels: usize) -> ValueTable {
        ValueTable { labels, ..ValueTable::default() }
    }

    /// Adds a row. Missing values are empty, and surplus ones are ignored.
    ///
    /// If there is not enough memory, part of the row may have been added, and the table must not
    /// be used any more.
    pub(super) fn try_push<'a>(
        &mut self,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), TryReserveError> {
        let mut values = values.into_iter();
        for _ in 0..self.labels {
            memory::push_str(&mut self.text, values.next().unwrap_or_default())?;
            memory::push(&mut self.ends, self.text.len())?;
        }
        self.len += 1;
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the values of a row, in the order of the labels.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = &str> {
        (row * self.labels..(row + 1) * self.labels).map(|index| self.value(index))
    }

    fn value(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Compares two rows by the first label in which they differ.
    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        self.row(a).cmp(self.row(b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_back_in_order() {
        let mut rows = ValueTable::new(2);
        for row in [&["b", ""][..], &["a", "long"], &["a", "ä"], &["a"]] {
            rows.try_push(row.iter().copied()).unwrap();
        }
        assert_eq!(rows.row(0).collect::<Vec<_>>(), ["b", ""]);
        assert_eq!(rows.row(2).collect::<Vec<_>>(), ["a", "ä"]);
        assert_eq!(rows.row(3).collect::<Vec<_>>(), ["a", ""]);
        let mut order: Vec<_> = (0..rows.len()).collect();
        order.sort_by(|a, b| rows.compare(*a, *b));
        assert_eq!(order, [3, 1, 2, 0]);
    }

    #[test]
    fn a_row_without_labels_is_a_row() {
        let mut rows = ValueTable::new(0);
        rows.try_push(["nobody asked"]).unwrap();
        assert_eq!((rows.len(), rows.row(0).count()), (1, 0));
    }
}
