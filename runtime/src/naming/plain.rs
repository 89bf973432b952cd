//! Names that surely break no rule, told by one walk over them.
//!
//! That is most names, and whoever compiles a metric pays for its checks. So the rules are asked only
//! about what is left. The interpreter of constants takes long to call a function, and longer to cut a
//! text: here bytes are cut by patterns.

use super::text::equal_bytes;
use super::words::{Meaning, meaning_of};
use super::{MAX_NAME_BYTES, Subject};
use crate::kind::Kind;

/// Whether a metric breaks no rule by its name, of which all but `own` stands before the names of the
/// whole struct. It is looked at elsewhere, and so is whether it has to be there.
pub(crate) const fn is_plain(subject: &Subject<'_>, own: &str) -> bool {
    let Subject { name, kind, unit, labels } = *subject;
    let is_counter = matches!(kind, Kind::Counter);
    let (name, own, unit) = (name.as_bytes(), own.as_bytes(), unit.as_bytes());
    // What starts with a letter is a name, and so is what stands behind one.
    let ([b'a'..=b'z', ..], false) =
        (own, name.len() > MAX_NAME_BYTES || matches!(kind, Kind::Info))
    else {
        return false;
    };
    if !labels.is_empty() && may_name_label(name) {
        return false;
    }
    let mut rest = own;
    loop {
        let Some((word, after)) = first_word(rest) else { return false };
        let is_last = match after {
            [] => true,
            [_, b't', b'o', b't', b'a', b'l'] if is_counter => true,
            _ => false,
        };
        let meaning = meaning_of(word);
        if is_last {
            // A counter without `_total` is none that ends here.
            return !(is_counter && after.is_empty()) && is_plain_end(word, meaning, unit);
        }
        match meaning {
            Meaning::Plain | Meaning::Base(_) | Meaning::Singular(_) | Meaning::Extreme => {}
            _ => return false,
        }
        let [_, next @ ..] = after else { return false };
        rest = next;
    }
}

/// Whether a word may end a metric of that unit, apart from the `_total` of a counter. A unit of the
/// user's own may be of several words.
const fn is_plain_end(word: &[u8], meaning: Meaning, unit: &[u8]) -> bool {
    match meaning {
        Meaning::Base(_) => equal_bytes(word, unit),
        Meaning::Plain if unit.is_empty() => !matches!(
            word,
            b"total" | b"bucket" | b"count" | b"sum" | b"info" | b"created" | b"gcount" | b"gsum"
        ),
        _ => false,
    }
}

/// Whether a part of a prefix, with its `_`, is of words that no rule knows.
pub(crate) const fn is_plain_prefix(part: &str) -> bool {
    let mut rest = part.as_bytes();
    let [b'a'..=b'z', ..] = rest else { return false };
    loop {
        let Some((word, after)) = first_word(rest) else { return false };
        match (meaning_of(word), after) {
            (Meaning::Plain, [b'_']) => return true,
            (Meaning::Plain, [b'_', next @ ..]) => rest = next,
            _ => return false,
        }
    }
}

/// The first word and what follows it, its `_` included; nothing if it is not of small letters and
/// digits.
const fn first_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut after = text;
    while let [b'a'..=b'z' | b'0'..=b'9', next @ ..] = after {
        after = next;
    }
    let ([] | [b'_', ..]) = after else { return None };
    let (mut word, mut surplus) = (text, after.len());
    while surplus >= 8
        && let [head @ .., _, _, _, _, _, _, _, _] = word
    {
        word = head;
        surplus -= 8;
    }
    while surplus > 0
        && let [head @ .., _] = word
    {
        word = head;
        surplus -= 1;
    }
    Some((word, after))
}

/// Whether there is something like the `by_` or `per_` behind which a label may stand.
const fn may_name_label(name: &[u8]) -> bool {
    let mut rest = name;
    loop {
        match rest {
            [b'b', b'y', b'_', ..] | [b'p', b'e', b'r', b'_', ..] => return true,
            [_, next @ ..] => rest = next,
            [] => return false,
        }
    }
}
