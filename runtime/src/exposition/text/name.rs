//! Names of families and labels in the text formats.

use super::push_escaped;
use crate::descriptor::Descriptor;
use crate::naming::{Escaping, NameKind, is_classic};

/// A name as it is written on the page.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    /// The name, without quotes.
    pub(super) text: &'a str,
    /// Whether it is written in quotes, and in a sample inside the braces.
    pub(super) is_quoted: bool,
}

/// The number of additional characters of a quoted name, including braces.
pub(super) const AROUND: usize = 4;

impl<'a> Name<'a> {
    /// Returns the name of a family that needs no escaping.
    #[inline(always)]
    pub(super) fn classic(family: &'a Descriptor) -> Name<'a> {
        Name { text: &family.name, is_quoted: false }
    }

    /// Returns the name of a family that may need escaping, rendered into `text`.
    pub(super) fn escaped(
        family: &Descriptor,
        escaping: Escaping,
        text: &'a mut String,
    ) -> Name<'a> {
        let name = escaping.escape(family.name());
        let is_quoted = !is_classic(&name, NameKind::Metric);
        text.clear();
        match is_quoted {
            true => push_escaped(text, &name),
            false => text.push_str(&name),
        }
        Name { text, is_quoted }
    }

    /// Returns the name without a suffix, if it ends with that.
    pub(super) fn strip_suffix(self, suffix: &str) -> Option<Name<'a>> {
        Some(Name { text: self.text.strip_suffix(suffix)?, ..self })
    }

    pub(super) fn len(self) -> usize {
        self.text.len() + AROUND
    }

    /// Appends the name as it is written in metadata lines.
    pub(super) fn push(self, text: &mut Vec<u8>) {
        if self.is_quoted {
            text.push(b'"');
        }
        text.extend_from_slice(self.text.as_bytes());
        if self.is_quoted {
            text.push(b'"');
        }
    }

    /// Appends the start of a sample, before its labels.
    #[inline(always)]
    pub(super) fn push_start(self, text: &mut Vec<u8>, suffix: &str) {
        text.push(b'\n');
        if self.is_quoted {
            text.extend_from_slice(b"{\"");
        }
        text.extend_from_slice(self.text.as_bytes());
        text.extend_from_slice(suffix.as_bytes());
        if self.is_quoted {
            text.push(b'"');
        }
    }

    /// Returns the separator between the start of a sample and its first label.
    #[inline(always)]
    pub(super) fn separator(self) -> u8 {
        if self.is_quoted { b',' } else { b'{' }
    }

    /// Returns what comes between the start of a sample without labels and its value.
    #[inline(always)]
    pub(super) fn end(self) -> &'static [u8] {
        if self.is_quoted { b"} " } else { b" " }
    }
}

/// Appends the name of a label.
pub(super) fn push_label_name(text: &mut String, name: &str, escaping: Escaping) {
    let name = escaping.escape_label(name);
    if is_classic(&name, NameKind::Label) {
        text.push_str(&name);
    } else {
        text.push('"');
        push_escaped(text, &name);
        text.push('"');
    }
}
