//! How a family is called on a page of text.

use super::push_escaped;
use crate::descriptor::Descriptor;
use crate::naming::{Escaping, Of, is_classic};

/// A name as it stands on the page.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    /// What stands between the quotes, if it is quoted.
    pub(super) text: &'a str,
    /// Whether it stands in quotes, and in a sample inside the braces.
    pub(super) is_quoted: bool,
}

/// How much longer a quoted name is, braces included.
pub(super) const AROUND: usize = 4;

impl<'a> Name<'a> {
    /// The name of a family that needs no escaping.
    #[inline(always)]
    pub(super) fn classic(family: &'a Descriptor) -> Name<'a> {
        Name { text: &family.name, is_quoted: false }
    }

    /// The name of a family that may need it, with `text` as room for it.
    pub(super) fn escaped(
        family: &Descriptor,
        escaping: Escaping,
        text: &'a mut String,
    ) -> Name<'a> {
        let name = escaping.escape(family.name());
        let is_quoted = !is_classic(&name, Of::Metric);
        text.clear();
        match is_quoted {
            true => push_escaped(text, &name),
            false => text.push_str(&name),
        }
        Name { text, is_quoted }
    }

    /// The same without what it ends with, if it does.
    pub(super) fn strip_suffix(self, suffix: &str) -> Option<Name<'a>> {
        Some(Name { text: self.text.strip_suffix(suffix)?, ..self })
    }

    pub(super) fn len(self) -> usize {
        self.text.len() + AROUND
    }

    /// Adds the name as it stands in a comment.
    pub(super) fn push(self, text: &mut Vec<u8>) {
        if self.is_quoted {
            text.push(b'"');
        }
        text.extend_from_slice(self.text.as_bytes());
        if self.is_quoted {
            text.push(b'"');
        }
    }

    /// Adds what a sample starts with: all but its labels and its value.
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

    /// What stands between that and the first label.
    #[inline(always)]
    pub(super) fn separator(self) -> u8 {
        if self.is_quoted { b',' } else { b'{' }
    }

    /// What stands between that and the value of a sample without labels.
    #[inline(always)]
    pub(super) fn end(self) -> &'static [u8] {
        if self.is_quoted { b"} " } else { b" " }
    }
}

/// Adds the name of a label.
pub(super) fn push_label_name(text: &mut String, name: &str, escaping: Escaping) {
    let name = escaping.escape_label(name);
    if is_classic(&name, Of::Label) {
        text.push_str(&name);
    } else {
        text.push('"');
        push_escaped(text, &name);
        text.push('"');
    }
}
