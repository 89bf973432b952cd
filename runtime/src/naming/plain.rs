//! Names that surely break no rule, told by their words.
//!
//! That is most names, and whoever compiles a metric pays for its checks. So the rules are asked only
//! about what is left. The interpreter of constants takes microseconds for each byte that it walks over,
//! so the derive cuts the names of fields into words.

use super::text::equal_bytes;
use super::words::{Meaning, meaning_of};
use crate::kind::Kind;

/// Whether a metric breaks no rule by its name, of which these are the last words, in small letters and
/// digits. What stands before them is looked at elsewhere, and so is whether it has to be there.
/// `may_name_label` says whether it has one of the words after which a label may stand.
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

/// Whether a word may end a metric of that unit, apart from the `_total` of a counter. A unit of the
/// user's own may be of several words.
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

/// Whether there is something like the `by_` or `per_` after which a label may stand.
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

    /// Whether the name is plain for one kind of metric at least.
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
