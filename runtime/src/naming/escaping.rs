//! Escaping of names that need UTF-8 support.
//!
//! Source: `EscapeName` and `EscapeMetricFamily` of <https://github.com/prometheus/common>, `model/metric.go`.

use std::borrow::Cow;

use super::text::{Text, equal};

/// How a name with characters outside `[a-zA-Z0-9_]`, which `utf8` allows, is written. A scraper
/// chooses by `escaping=…` in its `Accept` header. Most names need no escaping and are always the
/// same.
///
/// ```
/// use measurand::exposition::Escaping;
///
/// let name = "http.server.duration_seconds";
/// assert_eq!(Escaping::AllowUtf8.escape(name), name);
/// assert_eq!(Escaping::Underscores.escape(name), "http_server_duration_seconds");
/// assert_eq!(Escaping::Dots.escape(name), "http_dot_server_dot_duration__seconds");
/// assert_eq!(Escaping::Values.escape(name), "U__http_2e_server_2e_duration__seconds");
/// assert_eq!(Escaping::Values.escape("uptime_seconds"), "uptime_seconds");
/// ```
///
/// Scrapers ask for an escaping by its name:
///
/// ```
/// use measurand::exposition::Escaping;
///
/// assert_eq!(Escaping::from_name("allow-utf-8"), Some(Escaping::AllowUtf8));
/// assert_eq!(Escaping::from_name("none"), None);
/// let names: Vec<_> = Escaping::ALL.iter().map(|escaping| escaping.as_str()).collect();
/// assert_eq!(names, ["allow-utf-8", "underscores", "dots", "values"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Escaping {
    /// As it is, quoted in text formats. Prometheus asks for it from version 3 on, with text
    /// formats but not with protobuf.
    AllowUtf8,
    /// With a `_` for each other character.
    #[default]
    Underscores,
    /// With `_dot_` for a `.`, and `__` for a `_` and for each other character.
    Dots,
    /// With `U__` at the start, `__` for a `_`, and the hexadecimal code point between two `_` for
    /// each other character. The name can be recovered from it.
    Values,
}

impl Escaping {
    /// All escapings.
    pub const ALL: &[Escaping] =
        &[Escaping::AllowUtf8, Escaping::Underscores, Escaping::Dots, Escaping::Values];

    /// Returns its name in the headers `Accept` and `Content-Type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Escaping::AllowUtf8 => "allow-utf-8",
            Escaping::Underscores => "underscores",
            Escaping::Dots => "dots",
            Escaping::Values => "values",
        }
    }

    /// Returns the escaping with this name.
    pub fn from_name(name: &str) -> Option<Escaping> {
        Escaping::ALL.iter().copied().find(|escaping| escaping.as_str() == name)
    }

    /// Escapes the name of a metric, if it needs escaping.
    pub fn escape(self, name: &str) -> Cow<'_, str> {
        match self == Escaping::AllowUtf8 || is_classic(name, NameKind::Metric) {
            true => Cow::Borrowed(name),
            false => Cow::Owned(self.owned(name, NameKind::Metric)),
        }
    }

    /// Escapes the name of a label, which must not have a `:` either.
    pub(crate) fn escape_label(self, name: &str) -> Cow<'_, str> {
        match self == Escaping::AllowUtf8 || is_classic(name, NameKind::Label) {
            true => Cow::Borrowed(name),
            false => Cow::Owned(self.owned(name, NameKind::Label)),
        }
    }

    fn owned(self, name: &str, of: NameKind) -> String {
        let (mut text, mut pieces) = (String::new(), Pieces::of(name, self, of));
        if self == Escaping::Values {
            text.push_str(VALUES_START);
        }
        while let Some(piece) = pieces.next() {
            text.extend(piece.bytes[..piece.len].iter().map(|byte| char::from(*byte)));
        }
        text
    }
}

/// What a name is the name of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameKind {
    Metric,
    Label,
}

/// The start of names escaped by [`Escaping::Values`].
const VALUES_START: &str = "U__";

/// Returns whether a name is valid for every scraper, so that it needs no escaping.
pub(crate) const fn is_classic(name: &str, of: NameKind) -> bool {
    let mut rest = name.as_bytes();
    if let [] | [b'0'..=b'9', ..] = rest {
        return false;
    }
    while let [first, after @ ..] = rest {
        if !is_classic_byte(*first, of) {
            return false;
        }
        rest = after;
    }
    true
}

const fn is_classic_byte(byte: u8, of: NameKind) -> bool {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => true,
        b':' => matches!(of, NameKind::Metric),
        _ => false,
    }
}

/// The escapings that change names.
const CHANGING: [Escaping; 3] = [Escaping::Underscores, Escaping::Dots, Escaping::Values];

/// A buffer for an escaped name: 255 bytes, each of which may become `_dot_`.
pub(super) type Escaped = Text<{ 5 * super::MAX_NAME_BYTES + 5 }>;

/// The number of forms of a name: one per escaping, of which the first is the name itself.
pub(super) const FORMS: usize = CHANGING.len() + 1;

pub(super) const fn form(name: &str, of: NameKind, index: usize) -> Escaped {
    let mut text = Escaped::new();
    if index == 0 || is_classic(name, of) {
        text.push(name);
        return text;
    }
    let escaping = CHANGING[index - 1];
    if let Escaping::Values = escaping {
        text.push(VALUES_START);
    }
    let mut pieces = Pieces::of(name, escaping, of);
    while let Some(piece) = pieces.next() {
        let mut i = 0;
        while i < piece.len {
            text.push_ascii(piece.bytes[i]);
            i += 1;
        }
    }
    text
}

/// Returns the escaped forms of the name of a metric.
pub(super) fn changed_forms(name: &str) -> impl Iterator<Item = Cow<'_, str>> {
    CHANGING.iter().map(|escaping| escaping.escape(name))
}

/// Returns whether two labels have the same name, at least for some scrapers.
pub(crate) const fn equal_labels(a: &str, b: &str) -> bool {
    if equal(a, b) {
        return true;
    }
    if is_classic(a, NameKind::Label) && is_classic(b, NameKind::Label) {
        return false;
    }
    let mut index = 1;
    while index < FORMS {
        if equal(form(a, NameKind::Label, index).as_str(), form(b, NameKind::Label, index).as_str())
        {
            return true;
        }
        index += 1;
    }
    false
}

/// An iterator over what each character of a name becomes.
struct Pieces<'a> {
    rest: &'a [u8],
    is_first: bool,
    escaping: Escaping,
    of: NameKind,
}

/// The ASCII text that a character becomes.
struct Piece {
    bytes: [u8; 8],
    len: usize,
}

impl Piece {
    const fn of(text: &str) -> Piece {
        let (text, mut bytes, mut len) = (text.as_bytes(), [0; 8], 0);
        while len < text.len() {
            bytes[len] = text[len];
            len += 1;
        }
        Piece { bytes, len }
    }

    /// Creates the piece of a code point: its hexadecimal digits between two `_`.
    const fn number(number: u32) -> Piece {
        let (mut bytes, mut len) = ([b'_'; 8], 1);
        let mut digits = 1;
        while digits < 8 && number >> (4 * digits) != 0 {
            digits += 1;
        }
        while digits > 0 {
            digits -= 1;
            let digit = (number >> (4 * digits) & 0xF) as u8;
            bytes[len] = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
            len += 1;
        }
        Piece { bytes, len: len + 1 }
    }
}

impl<'a> Pieces<'a> {
    const fn of(name: &'a str, escaping: Escaping, of: NameKind) -> Pieces<'a> {
        Pieces { rest: name.as_bytes(), is_first: true, escaping, of }
    }

    const fn next(&mut self) -> Option<Piece> {
        let [first, after @ ..] = self.rest else { return None };
        self.rest = after;
        let is_digit_first = self.is_first && first.is_ascii_digit();
        self.is_first = false;
        let mut number = match *first {
            ascii @ 0..=0x7F => ascii as u32,
            two @ 0x80..=0xDF => (two & 0x1F) as u32,
            three @ 0xE0..=0xEF => (three & 0xF) as u32,
            four => (four & 7) as u32,
        };
        while let [next @ 0x80..=0xBF, after @ ..] = self.rest {
            number = number << 6 | (*next & 0x3F) as u32;
            self.rest = after;
        }
        Some(match (self.escaping, *first) {
            (Escaping::Dots | Escaping::Values, b'_') => Piece::of("__"),
            (_, byte) if is_classic_byte(byte, self.of) && !is_digit_first => {
                Piece { bytes: [byte; 8], len: 1 }
            }
            (Escaping::Dots, b'.') => Piece::of("_dot_"),
            (Escaping::Dots, _) => Piece::of("__"),
            (Escaping::Values, _) => Piece::number(number),
            _ => Piece::of("_"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, underscores: &str, dots: &str, values: &str) {
        for (escaping, expected) in std::iter::zip(CHANGING, [underscores, dots, values]) {
            assert_eq!(escaping.escape(name), expected, "{escaping:?}");
        }
        assert_eq!(Escaping::AllowUtf8.escape(name), name);
        let expected = [name, underscores, dots, values];
        let at_compile_time = [0, 1, 2, 3].map(|index| form(name, NameKind::Metric, index));
        assert_eq!(at_compile_time.each_ref().map(|form| form.as_str()), expected);
    }

    /// The cases of `TestEscapeName` of prometheus/common, and some more.
    #[test]
    fn names_become_what_prometheus_makes_of_them() {
        check(
            "no:escaping_required",
            "no:escaping_required",
            "no:escaping_required",
            "no:escaping_required",
        );
        check(
            "mysystem.prod.west.cpu.load",
            "mysystem_prod_west_cpu_load",
            "mysystem_dot_prod_dot_west_dot_cpu_dot_load",
            "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load",
        );
        check(
            "mysystem.prod.west.cpu.load_total",
            "mysystem_prod_west_cpu_load_total",
            "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
            "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
        );
        check("http.status:sum", "http_status:sum", "http_dot_status:sum", "U__http_2e_status:sum");
        check("label with 😱", "label_with__", "label__with____", "U__label_20_with_20__1f631_");
        check("花火", "__", "____", "U___82b1__706b_");
        check("9lives", "_lives", "__lives", "U___39_lives");
        check("ü-\u{10ffff}\t", "____", "________", "U___fc__2d__10ffff__9_");
    }

    #[test]
    fn a_label_has_no_colon() {
        assert_eq!(Escaping::Underscores.escape_label("a:b"), "a_b");
        assert_eq!(Escaping::Values.escape_label("a:b"), "U__a_3a_b");
        assert_eq!(Escaping::Dots.escape_label("a_b"), "a_b");
    }

    #[test]
    fn labels_that_become_one_are_found() {
        assert!(equal_labels("a", "a"));
        assert!(equal_labels("a.b", "a_b") && equal_labels("a-b", "a.b"));
        assert!(equal_labels("a.b", "a_dot_b") && equal_labels("a b", "a__b"));
        assert!(equal_labels("a.b", "U__a_2e_b"));
        assert!(!equal_labels("a_b", "a__b") && !equal_labels("a.b", "a.c"));
    }
}
