//! The name to write instead of one that breaks a rule.

use super::text::{Text, equal, one_of, split_last_word, split_word, strip_suffix};
use super::words::{Meaning, is_prefixed, meaning};
use super::{Subject, after_by, after_label, has_unit, without_total};
use crate::kind::Kind;

/// A better name behind the struct's prefix, and the unit that the type should then have.
pub(crate) struct Suggestion<'a> {
    /// The whole name; empty if nothing of it can be kept.
    pub(crate) name: Text<256>,
    /// The unit of the suggested name.
    pub(crate) unit: &'a str,
}

/// Adds `name` in lower case, with a `_` where a capital starts a word and for what no name has.
pub(crate) const fn push_snake_case<const N: usize>(text: &mut Text<N>, name: &str) {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let starts_word = i > 0
            && bytes[i].is_ascii_uppercase()
            && (bytes[i - 1].is_ascii_lowercase()
                || bytes[i - 1].is_ascii_digit()
                || bytes[i - 1].is_ascii_uppercase()
                    && i + 1 < bytes.len()
                    && bytes[i + 1].is_ascii_lowercase());
        if starts_word {
            text.push("_");
        }
        let byte = bytes[i].to_ascii_lowercase();
        if byte.is_ascii_alphanumeric() || byte == b'_' && !text.is_empty() {
            text.push_ascii(byte);
        } else if i > 0 && i + 1 < bytes.len() && bytes[i].is_ascii() && !text.is_empty() {
            text.push_ascii(b'_');
        }
        i += 1;
    }
}

/// The base unit that the words of `name` speak of, if they speak of one that is not the type's.
const fn unit_in(name: &str, mut first: bool) -> Option<&'static str> {
    let mut rest = Some(without_total(name));
    let mut found = None;
    let mut is_ratio = false;
    while let Some(tail) = rest {
        let (word, next) = split_word(tail);
        match meaning(word) {
            Meaning::Percent => is_ratio = true,
            Meaning::NonBase(base) => found = Some(base),
            Meaning::Abbreviation(base) if !first => found = Some(base),
            Meaning::LastAbbreviation(base) | Meaning::Singular(base)
                if !first && next.is_none() =>
            {
                found = Some(base);
            }
            _ => {}
        }
        first = false;
        rest = next;
    }
    if is_ratio { Some("ratio") } else { found }
}

/// Whether the word says what a better name leaves out. `last` holds for the word before `_total`.
const fn is_noise(word: &str, first: bool, last: bool, unit: &str, kind: Kind) -> bool {
    let meaning = meaning(word);
    if matches!(meaning, Meaning::NonBase(_) | Meaning::Percent)
        || is_prefixed(word.as_bytes(), unit)
        || equal(word, unit)
        || is_plural(word, unit)
        || equal(word, "total")
    {
        return true;
    }
    if first {
        return false;
    }
    match meaning {
        Meaning::Kind(named) => named as u8 == kind as u8,
        Meaning::Abbreviation(_) => true,
        Meaning::EmptyLast | Meaning::LastAbbreviation(_) | Meaning::Singular(_) => last,
        Meaning::Base(_) => last && !unit.is_empty(),
        _ => {
            last && (one_of(word, &["bucket", "created", "gcount", "gsum", "info", "sum"])
                || equal(word, "count") && !matches!(kind, Kind::Histogram | Kind::Summary))
        }
    }
}

/// A name that says the same and breaks no rule that a name alone can break. Without a prefix the
/// first word of the name is the first word of all, where more is allowed.
pub(crate) const fn suggest<'a>(subject: &Subject<'a>, is_whole: bool) -> Suggestion<'a> {
    let mut snake = Text::<256>::new();
    push_snake_case(&mut snake, subject.name);
    let name = snake.as_str();
    let unit = match unit_in(name, is_whole) {
        _ if !subject.unit.is_empty() => subject.unit,
        Some(unit) => unit,
        // A base unit that only the type lacks stays where it is.
        None => base_named(split_last_word(without_total(name)).1),
    };

    let mut better = Text::<256>::new();
    // `request_seconds_max` becomes `max_request_seconds`.
    let mut body = without_total(name);
    if let (Some(head), last) = split_last_word(body)
        && matches!(meaning(last), Meaning::Extreme)
        && has_unit(head, unit)
    {
        better.push(last);
        body = head;
    }
    let mut label = super::label_in_name(body, subject.kind, subject.labels);
    let mut rest = Some(body);
    let mut first = is_whole;
    while let Some(tail) = rest {
        // `_by_path` goes, once.
        if let Some(name) = label
            && let Some(words) = after_by(tail, subject.kind)
            && let Some(after) = after_label(words, name)
        {
            label = None;
            rest = after;
            continue;
        }
        let (word, next) = split_word(tail);
        if !is_noise(word, first, next.is_none(), unit, subject.kind) && !word.is_empty() {
            push_word(&mut better, word);
        }
        first = false;
        rest = next;
    }
    if !better.is_empty() {
        if !unit.is_empty() {
            push_word(&mut better, unit);
        }
        match subject.kind {
            Kind::Counter => push_word(&mut better, "total"),
            Kind::Info => push_word(&mut better, "info"),
            _ => {}
        }
    }
    Suggestion { name: better, unit }
}

const fn push_word<const N: usize>(text: &mut Text<N>, word: &str) {
    if !text.is_empty() {
        text.push("_");
    }
    text.push(word);
}

/// The base unit spelled `word`, or nothing.
const fn base_named(word: &str) -> &'static str {
    match meaning(word) {
        Meaning::Base(base) => base,
        _ => "",
    }
}

/// Whether `word` is `unit` with an `s`: `ratios`.
const fn is_plural(word: &str, unit: &str) -> bool {
    match strip_suffix(word, "s") {
        Some(one) => !unit.is_empty() && equal(one, unit),
        None => false,
    }
}
