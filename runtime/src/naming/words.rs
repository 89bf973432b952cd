//! The words that names are checked for.

use super::text::{equal, one_of, strip_prefix};

/// Prometheus's base units, as the last word of a name spells them.
pub(crate) const BASE: &[&str] = &[
    "seconds", "bytes", "ratio", "celsius", "kelvin", "meters", "volts", "amperes", "joules",
    "grams",
];

/// Units that are no base units, and the base unit to write instead.
const NON_BASE: &[(&str, &str)] = &[
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("feet", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
    ("tonnes", "grams"),
];

/// One of a unit, which counts only behind a prefix: `millisecond`, but not `second`.
const SINGULAR: &[(&str, &str)] = &[
    ("second", "seconds"),
    ("byte", "bytes"),
    ("bit", "bytes"),
    ("meter", "meters"),
    ("volt", "volts"),
    ("ampere", "amperes"),
    ("joule", "joules"),
    ("gram", "grams"),
    ("calorie", "joules"),
];

const PREFIXES: &[&str] = &[
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega",
    "mebi", "giga", "gibi", "tera", "tebi", "peta", "pebi", "exa", "exbi",
];

/// Abbreviations after the first word, and what they stand for.
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("s", "seconds"),
    ("ms", "seconds"),
    ("us", "seconds"),
    ("ns", "seconds"),
    ("sec", "seconds"),
    ("secs", "seconds"),
    ("mins", "seconds"),
    ("hrs", "seconds"),
    ("kb", "bytes"),
    ("mb", "bytes"),
    ("gb", "bytes"),
    ("tb", "bytes"),
    ("pb", "bytes"),
    ("kib", "bytes"),
    ("mib", "bytes"),
    ("gib", "bytes"),
];

/// Abbreviations as the last word only: elsewhere a letter may be a name. `min` is a minimum.
const LAST_ABBREVIATIONS: &[(&str, &str)] =
    &[("b", "bytes"), ("d", "seconds"), ("h", "seconds"), ("m", "seconds")];

/// Kinds, which the type says.
pub(crate) const KINDS: &[&str] = &["counter", "gauge", "histogram", "summary"];

/// Words that say nothing at the end of a name.
pub(crate) const EMPTY_LAST: &[&str] = &["metric", "metrics", "stats"];

pub(crate) const PERCENT: &[&str] = &["percent", "percentage", "pct"];

/// Words that belong before the name, not behind its unit.
pub(crate) const EXTREMES: &[&str] = &["max", "min"];

const fn look_up(word: &str, table: &[(&'static str, &'static str)]) -> Option<&'static str> {
    let mut i = 0;
    while i < table.len() {
        if equal(word, table[i].0) {
            return Some(table[i].1);
        }
        i += 1;
    }
    None
}

pub(crate) const fn is_base_unit(word: &str) -> bool {
    one_of(word, BASE)
}

/// The base unit to write instead of `word`, if `word` is a unit but no base unit.
pub(crate) const fn base_of(word: &str) -> Option<&'static str> {
    if let Some(base) = look_up(word, NON_BASE) {
        return Some(base);
    }
    let mut i = 0;
    while i < PREFIXES.len() {
        if let Some(rest) = strip_prefix(word, PREFIXES[i]) {
            let mut j = 0;
            while j < BASE.len() {
                if equal(rest, BASE[j]) {
                    return Some(BASE[j]);
                }
                j += 1;
            }
            if let Some(base) = look_up(rest, NON_BASE) {
                return Some(base);
            }
            return look_up(rest, SINGULAR);
        }
        i += 1;
    }
    None
}

/// Whether `word` is `unit` with a prefix of a power of ten or two.
pub(crate) const fn is_prefixed(word: &str, unit: &str) -> bool {
    let mut i = 0;
    while i < PREFIXES.len() && !unit.is_empty() {
        if let Some(rest) = strip_prefix(word, PREFIXES[i])
            && equal(rest, unit)
        {
            return true;
        }
        i += 1;
    }
    false
}

/// What `word` abbreviates wherever it stands after the first word.
pub(crate) const fn abbreviation_of(word: &str) -> Option<&'static str> {
    look_up(word, ABBREVIATIONS)
}

/// What `word` abbreviates as the last word.
pub(crate) const fn last_abbreviation_of(word: &str) -> Option<&'static str> {
    look_up(word, LAST_ABBREVIATIONS)
}

/// The unit that one `second` or `byte` is one of.
pub(crate) const fn plural_of(word: &str) -> Option<&'static str> {
    if equal(word, "second") {
        Some("seconds")
    } else if equal(word, "byte") {
        Some("bytes")
    } else {
        None
    }
}
