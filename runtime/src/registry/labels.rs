//! The label names and values of a series.

use std::borrow::Cow;

/// The labels of one series, in the order of their declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    pairs: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// `name="value",…`, as every text format writes it.
    text: String,
}

impl Labels {
    pub(crate) fn new(pairs: Vec<(Cow<'static, str>, Cow<'static, str>)>) -> Labels {
        let mut text = String::new();
        for (name, value) in &pairs {
            // An empty value is the same as no label.
            if value.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push(',');
            }
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
        Labels { pairs, text }
    }

    /// Every name with its value; an empty value is the same as no label.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// `name="value",…` with values escaped as text format 0.0.4 and OpenMetrics ask; empty
    /// without labels.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// What series of a family are ordered by.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(_, value)| value.as_ref())
    }
}
