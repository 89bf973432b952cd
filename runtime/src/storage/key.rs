//! Open label values of a series, in one small string.

use smol_str::{SmolStr, SmolStrBuilder};

/// The labels by which a series is looked up.
pub(crate) trait KeyLabels {
    /// Returns the index of the combination of closed values.
    fn closed(&self) -> u32;

    /// Returns the number of open values.
    fn open_len(&self) -> usize;

    /// Calls `visit` with every open value, in order.
    fn open_values(&self, visit: &mut impl FnMut(&str));
}

/// The label value that replaces every open value once a family has reached its series limit.
pub(crate) const OTHER: &str = "__other__";

/// The open values of a series: a single value as it is, several each prefixed with its length, so
/// that `("ab", "c")` differs from `("a", "bc")`. The number of values is known to the family. Up
/// to 23 bytes are stored inline.
#[derive(Debug, PartialEq)]
pub struct Key(SmolStr);

impl Key {
    pub(crate) fn new<K: KeyLabels>(labels: &K) -> Key {
        let mut builder = KeyBuilder::new(labels.open_len());
        labels.open_values(&mut |value| builder.push(value));
        builder.finish()
    }

    /// Creates the key whose values are all [`OTHER`].
    pub(crate) fn all_other(values: usize) -> Key {
        let mut builder = KeyBuilder::new(values);
        (0..values).for_each(|_| builder.push(OTHER));
        builder.finish()
    }

    /// Returns whether these are the open values of `labels`.
    #[inline]
    pub(crate) fn is<K: KeyLabels>(&self, labels: &K) -> bool {
        if labels.open_len() == 1 {
            let mut is_equal = false;
            labels.open_values(&mut |value| is_equal = self.0 == value);
            return is_equal;
        }
        let mut rest = Some(self.0.as_str());
        labels.open_values(&mut |value| {
            rest = rest.and_then(|rest| {
                let (len, rest) = split_len(rest);
                if len == value.len() { rest.strip_prefix(value) } else { None }
            });
        });
        rest == Some("")
    }

    /// Returns whether all open values of `labels` are [`OTHER`].
    pub(crate) fn is_other<K: KeyLabels>(labels: &K) -> bool {
        let mut is_other = true;
        labels.open_values(&mut |value| is_other &= value == OTHER);
        is_other
    }

    /// Returns whether all of its `values` values are [`OTHER`].
    #[cfg(feature = "requests")]
    pub(crate) fn is_all_other(&self, values: usize) -> bool {
        self.values(values).all(|value| value == OTHER)
    }

    /// Returns whether a value is longer than `max_bytes`, so that it is counted in the [`OTHER`]
    /// series.
    pub(crate) fn is_too_long<K: KeyLabels>(labels: &K, max_bytes: usize) -> bool {
        let mut is_too_long = false;
        labels.open_values(&mut |value| is_too_long |= value.len() > max_bytes && value != OTHER);
        is_too_long
    }

    /// Returns its values, of which there are `values`.
    pub(crate) fn values(&self, values: usize) -> impl Iterator<Item = &str> {
        let mut rest = self.0.as_str();
        (0..values).map(move |_| {
            if values == 1 {
                return rest;
            }
            let (len, text) = split_len(rest);
            let (value, after) = text.split_at_checked(len).unwrap_or((text, ""));
            rest = after;
            value
        })
    }
}

/// The labels of an existing series.
pub(crate) struct ByKey<'a> {
    pub(crate) key: &'a Key,
    /// The index of the combination of closed values.
    pub(crate) position: u32,
    /// The number of open values.
    pub(crate) values: usize,
}

impl KeyLabels for ByKey<'_> {
    fn closed(&self) -> u32 {
        self.position
    }

    fn open_len(&self) -> usize {
        self.values
    }

    fn open_values(&self, visit: &mut impl FnMut(&str)) {
        self.key.values(self.values).for_each(visit);
    }
}

struct KeyBuilder {
    text: SmolStrBuilder,
    is_single: bool,
}

impl KeyBuilder {
    fn new(values: usize) -> KeyBuilder {
        KeyBuilder { text: SmolStrBuilder::new(), is_single: values == 1 }
    }

    fn push(&mut self, value: &str) {
        if !self.is_single {
            let mut len = value.len();
            while len >= 32 {
                self.text.push(char::from(0x40 | (len % 32) as u8));
                len /= 32;
            }
            self.text.push(char::from(len as u8));
        }
        self.text.push_str(value);
    }

    fn finish(self) -> Key {
        Key(self.text.finish())
    }
}

/// Splits off the length at the start of a text: base-32 digits, the lowest first.
#[inline]
fn split_len(text: &str) -> (usize, &str) {
    let (mut len, mut shift) = (0, 0);
    for (index, byte) in text.bytes().enumerate() {
        len |= usize::from(byte % 32) << shift;
        shift += 5;
        if byte < 0x40 {
            return (len, &text[index + 1..]);
        }
    }
    (len, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Values<'a>(&'a [&'a str]);

    impl KeyLabels for Values<'_> {
        fn closed(&self) -> u32 {
            0
        }

        fn open_len(&self) -> usize {
            self.0.len()
        }

        fn open_values(&self, visit: &mut impl FnMut(&str)) {
            self.0.iter().for_each(|value| visit(value));
        }
    }

    #[test]
    fn values_are_read_back_and_told_apart() {
        let long = "x".repeat(1_000_000);
        let values =
            ["", "a", "ab", "b", "\0", "ä", "@@", "__other__", &long, &long[..31], &long[..32]];
        for first in values {
            assert_eq!(Key::new(&Values(&[first])).values(1).collect::<Vec<_>>(), [first]);
            for second in values {
                let key = Key::new(&Values(&[first, second]));
                assert_eq!(key.values(2).collect::<Vec<_>>(), [first, second]);
                for third in values {
                    for fourth in values {
                        let is_equal = (first, second) == (third, fourth);
                        assert_eq!(key.is(&Values(&[third, fourth])), is_equal);
                    }
                }
            }
        }
        let others = Values(&["__other__", "__other__"]);
        assert!(Key::is_other(&others));
        assert_eq!(Key::all_other(2), Key::new(&others));
    }

    #[test]
    fn a_value_is_too_long_by_its_bytes() {
        assert!(!Key::is_too_long(&Values(&["", "abc"]), 3));
        assert!(Key::is_too_long(&Values(&["abcd", ""]), 3));
        assert!(Key::is_too_long(&Values(&["", "ää"]), 3));
        assert!(!Key::is_too_long(&Values(&["__other__", "abc"]), 3));
        assert!(Key::is_too_long(&Values(&["__other__", "abcd"]), 3));
    }
}
