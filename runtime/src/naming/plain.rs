//! Plain names, which certainly break no rule, recognised by their words.
//!
//! Most names are plain, and checking them fully would cost compile time, so the rules are only
//! applied to the others. The interpreter of constants takes microseconds per byte that it walks
//! over, so the derive cuts the names of fields into words.

use super::text::equal_bytes;
use super::words::{Meaning, meaning_of};
use crate::kind::Kind;

/// Returns whether a metric breaks no rule by its name, whose last words, in lowercase letters and
/// digits, are `words`. The words before them are checked elsewhere, and so is whether a namespace
/// is required. `may_name_label` is whether those contain a word that a label may follow.
pub(crate) const fn is_plain(
    words: &[&str],
    kind: Kind,
    unit: &str,
    has_labels: bool,
    may_name_label: bool,
) -> bool {
    let is_counter = matches!(kind, Kind::Counter);
    if matches!(kind, Kind::Info) || has_labels && may_name_label {
        return false;
    }
    let mut rest = words;
    while let [word, after @ ..] = rest {
        let word = word.as_bytes();
        let meaning = meaning_of(word);
        match after {
            [] => return !is_counter && is_plain_end(word, meaning, unit),
            [last] if is_counter && is_total(last) => return is_plain_end(word, meaning, unit),
            _ => {}
        }
        match meaning {
            Meaning::Plain if has_labels && is_before_label(word) => return false,
            Meaning::Plain | Meaning::Base(_) | Meaning::Singular(_) | Meaning::Extreme => {}
            _ => return false,
        }
        rest = after;
    }
    false
}

const fn is_total(word: &str) -> bool {
    matches!(word.as_bytes(), b"total")
}

const fn is_before_label(word: &[u8]) -> bool {
    matches!(word, b"by" | b"per")
}

/// Returns whether a word may end a metric with this unit, apart from the `_total` of a counter. A
/// user's own unit may have several words, so it is never plain.
const fn is_plain_end(word: &[u8], meaning: Meaning, unit: &str) -> bool {
    match meaning {
        Meaning::Base(_) => equal_bytes(word, unit.as_bytes()),
        Meaning::Plain if unit.is_empty() => !matches!(
            word,
            b"total" | b"bucket" | b"count" | b"sum" | b"info" | b"created" | b"gcount" | b"gsum"
        ),
        _ => false,
    }
}

/// Returns whether a part of a prefix, with its `_`, consists of words that no rule knows.
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

/// Returns the first word, and what follows it, including the `_`. `None` if it does not consist of
/// lowercase letters and digits.
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

/// Returns whether a prefix contains a `by_` or `per_`, which a label may follow.
pub(crate) const fn may_name_label(prefix: &str) -> bool {
    let mut rest = prefix.as_bytes();
    loop {
        match rest {
            [b'b', b'y', b'_', ..] | [b'p', b'e', b'r', b'_', ..] => return true,
            [_, next @ ..] => rest = next,
            [] => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_plain, is_plain_prefix, may_name_label};
    use crate::Kind;
    use crate::naming::check::{Before, check_prefix_of, problem};
    use crate::naming::{Rules, Subject};

    /// Words of every meaning.
    const WORDS: &[&str] = &[
        "queue",
        "by",
        "per",
        "tenant",
        "total",
        "seconds",
        "second",
        "bytes",
        "max",
        "count",
        "bucket",
        "info",
        "created",
        "ms",
        "d",
        "percent",
        "counter",
        "gauge",
        "metrics",
        "minutes",
        "milliseconds",
        "kilopages",
        "pages",
        "",
    ];

    #[test]
    fn what_is_plain_breaks_no_rule() {
        let (mut plain, mut all) = (0, 0);
        for prefix in ["", "shop_", "by_", "shop_by_tenant_", "d_", "metrics_", "kilopages_"] {
            for a in WORDS {
                for b in WORDS {
                    for words in [&[*a][..], &[*a, *b], &[*a, *b, "total"], &["a", *a, *b]] {
                        plain += usize::from(check(prefix, words));
                        all += 1;
                    }
                }
            }
        }
        assert!(plain * 20 > all, "{plain} of {all} are plain");
    }

    /// Returns whether the name is plain for at least one kind of metric, after checking that the
    /// rules agree.
    fn check(prefix: &str, words: &[&str]) -> bool {
        let own = words.join("_");
        if !own.starts_with(|first: char| first.is_ascii_lowercase()) {
            return false;
        }
        let (name, mut is_one_plain) = (format!("{prefix}{own}"), false);
        for kind in [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary, Kind::Info] {
            for unit in ["", "seconds", "bytes", "pages"] {
                for labels in [&[][..], &["tenant"]] {
                    let may_name = may_name_label(prefix);
                    if is_plain(words, kind, unit, !labels.is_empty(), may_name) {
                        let subject = Subject { name: &name, kind, unit, labels };
                        let before = Before::of(prefix, Rules::NONE);
                        let problem = problem(&subject, &before, Rules::NONE, Rules::NONE);
                        assert_eq!(problem, None, "{subject:?}");
                        is_one_plain = true;
                    }
                }
            }
        }
        is_one_plain
    }

    #[test]
    fn a_plain_part_of_a_prefix_is_right() {
        for word in WORDS {
            let part = format!("{word}_queue_");
            if is_plain_prefix(&part) {
                let subject = Subject { name: &part, kind: Kind::Gauge, unit: "", labels: &[] };
                let problem =
                    problem(&subject, &Before::of("", Rules::NONE), Rules::NONE, Rules::NONE);
                assert_eq!(problem, None, "{part}");
            }
        }
        assert!(is_plain_prefix("shop_") && !is_plain_prefix("shop") && !is_plain_prefix("9_"));
        check_prefix_of("namespace", "", "shop_", &[Kind::Gauge], Rules::NONE);
    }
}
