//! The words that names are checked for.
//!
//! Each list is a `match` on bytes: the compiler makes a tree of it that the interpreter of constants
//! walks in a few steps, where comparing a word with a hundred others takes thousands. All of it is
//! paid by whoever compiles a metric.

use super::text::equal_bytes;
use crate::kind::Kind;

/// What a word means wherever it stands. What follows from that depends on its place.
#[derive(Clone, Copy)]
pub(crate) enum Meaning {
    /// None that concerns a name.
    Plain,
    /// One of Prometheus's base units, as the last word of a name spells it.
    Base(&'static str),
    /// A unit that is no base unit, and the base unit to write instead.
    NonBase(&'static str),
    /// An abbreviation after the first word, and what it stands for.
    Abbreviation(&'static str),
    /// An abbreviation as the last word only: elsewhere a letter may be a name. `min` is a minimum.
    LastAbbreviation(&'static str),
    /// One of a base unit that is no abbreviation of anything, and that unit.
    Singular(&'static str),
    /// What others count from 0 to 100.
    Percent,
    /// A kind, which the type says.
    Kind(Kind),
    /// What says nothing at the end of a name.
    EmptyLast,
    /// What belongs before the name, not behind its unit.
    Extreme,
}

/// What `word` means.
pub(crate) const fn meaning(word: &str) -> Meaning {
    let word = word.as_bytes();
    match word {
        b"seconds" => Meaning::Base("seconds"),
        b"bytes" => Meaning::Base("bytes"),
        b"ratio" => Meaning::Base("ratio"),
        b"celsius" => Meaning::Base("celsius"),
        b"kelvin" => Meaning::Base("kelvin"),
        b"meters" => Meaning::Base("meters"),
        b"volts" => Meaning::Base("volts"),
        b"amperes" => Meaning::Base("amperes"),
        b"joules" => Meaning::Base("joules"),
        b"grams" => Meaning::Base("grams"),

        b"minutes" | b"hours" | b"days" | b"weeks" => Meaning::NonBase("seconds"),
        b"fahrenheit" | b"rankine" => Meaning::NonBase("celsius"),
        b"inches" | b"yards" | b"miles" | b"feet" => Meaning::NonBase("meters"),
        b"bits" => Meaning::NonBase("bytes"),
        b"calories" => Meaning::NonBase("joules"),
        b"pounds" | b"ounces" | b"tonnes" => Meaning::NonBase("grams"),

        // As programs abbreviate what has a prefix.
        b"millis" | b"micros" | b"nanos" | b"msec" | b"msecs" | b"usec" | b"usecs" | b"nsec"
        | b"nsecs" => Meaning::NonBase("seconds"),
        b"kbytes" | b"mbytes" | b"gbytes" | b"tbytes" | b"pbytes" => Meaning::NonBase("bytes"),

        b"s" | b"ms" | b"us" | b"ns" | b"sec" | b"secs" | b"mins" | b"hrs" => {
            Meaning::Abbreviation("seconds")
        }
        b"kb" | b"mb" | b"gb" | b"tb" | b"pb" | b"kib" | b"mib" | b"gib" => {
            Meaning::Abbreviation("bytes")
        }
        b"b" => Meaning::LastAbbreviation("bytes"),
        b"d" | b"h" | b"m" => Meaning::LastAbbreviation("seconds"),

        b"second" => Meaning::Singular("seconds"),
        b"byte" => Meaning::Singular("bytes"),

        b"percent" | b"percentage" | b"pct" => Meaning::Percent,

        b"counter" => Meaning::Kind(Kind::Counter),
        b"gauge" => Meaning::Kind(Kind::Gauge),
        b"histogram" => Meaning::Kind(Kind::Histogram),
        b"summary" => Meaning::Kind(Kind::Summary),

        b"metric" | b"metrics" | b"stats" => Meaning::EmptyLast,

        b"max" | b"min" => Meaning::Extreme,

        _ => match without_prefix(word) {
            Some(unit) => match prefixed_unit(unit) {
                Some(base) => Meaning::NonBase(base),
                None => Meaning::Plain,
            },
            None => Meaning::Plain,
        },
    }
}

/// The base unit of a unit that stands behind a prefix; one of it has one too: `millisecond`.
const fn prefixed_unit(unit: &[u8]) -> Option<&'static str> {
    Some(match unit {
        b"seconds" | b"second" | b"minutes" | b"hours" | b"days" | b"weeks" => "seconds",
        b"bytes" | b"byte" | b"bits" | b"bit" => "bytes",
        b"ratio" => "ratio",
        b"celsius" | b"fahrenheit" | b"rankine" => "celsius",
        b"kelvin" => "kelvin",
        b"meters" | b"meter" | b"inches" | b"yards" | b"miles" | b"feet" => "meters",
        b"volts" | b"volt" => "volts",
        b"amperes" | b"ampere" => "amperes",
        b"joules" | b"joule" | b"calories" | b"calorie" => "joules",
        b"grams" | b"gram" | b"pounds" | b"ounces" | b"tonnes" => "grams",
        _ => return None,
    })
}

/// What follows a prefix of a power of ten or two.
const fn without_prefix(word: &[u8]) -> Option<&[u8]> {
    match word {
        [b'e', b'x', b'a', rest @ ..]
        | [b'e', b'x', b'b', b'i', rest @ ..]
        | [b'n', b'a', b'n', b'o', rest @ ..]
        | [b'p', b'i', b'c', b'o', rest @ ..]
        | [b'p', b'e', b't', b'a', rest @ ..]
        | [b'p', b'e', b'b', b'i', rest @ ..]
        | [b't', b'e', b'r', b'a', rest @ ..]
        | [b't', b'e', b'b', b'i', rest @ ..]
        | [b'g', b'i', b'g', b'a', rest @ ..]
        | [b'g', b'i', b'b', b'i', rest @ ..]
        | [b'm', b'e', b'g', b'a', rest @ ..]
        | [b'm', b'e', b'b', b'i', rest @ ..]
        | [b'k', b'i', b'l', b'o', rest @ ..]
        | [b'k', b'i', b'b', b'i', rest @ ..]
        | [b'd', b'e', b'c', b'i', rest @ ..]
        | [b'd', b'e', b'c', b'a', rest @ ..]
        | [b'h', b'e', b'c', b't', b'o', rest @ ..]
        | [b'c', b'e', b'n', b't', b'i', rest @ ..]
        | [b'm', b'i', b'l', b'l', b'i', rest @ ..]
        | [b'm', b'i', b'c', b'r', b'o', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// Whether `word` is `unit` with a prefix of a power of ten or two.
pub(crate) const fn is_prefixed(word: &str, unit: &str) -> bool {
    if unit.is_empty() || word.len() < unit.len() + 3 {
        return false;
    }
    match without_prefix(word.as_bytes()) {
        Some(rest) => equal_bytes(rest, unit.as_bytes()),
        None => false,
    }
}

pub(crate) const fn is_base_unit(word: &str) -> bool {
    matches!(meaning(word), Meaning::Base(_))
}

/// The base unit to write instead of `word`, if `word` is a unit but no base unit.
pub(crate) const fn base_of(word: &str) -> Option<&'static str> {
    match meaning(word) {
        Meaning::NonBase(base) => Some(base),
        _ => None,
    }
}
