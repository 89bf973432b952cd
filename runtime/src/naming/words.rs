//! The words that names are checked for.
//!
//! Each list is a `match` on bytes, by first letter: the interpreter of constants then takes a few
//! steps, where comparing a word with a hundred others would take thousands. Every metric pays for
//! this at compile time.

use super::text::equal_bytes;
use crate::kind::Kind;

/// The meaning of a word. What follows from it depends on the word's place.
#[derive(Clone, Copy)]
pub(crate) enum Meaning {
    /// No meaning that matters in a name.
    Plain,
    /// A base unit of Prometheus.
    Base(&'static str),
    /// A unit that is not a base unit, and the base unit to use instead.
    NonBase(&'static str),
    /// An abbreviation unless it is the first word, and the unit that it stands for.
    Abbreviation(&'static str),
    /// An abbreviation only where a unit is, since elsewhere it may be a name, as in `us_east` and
    /// `k8s_ns`. `min` is not one, but a minimum.
    Short(&'static str),
    /// The singular of a base unit that is not an abbreviation of anything, and that unit.
    Singular(&'static str),
    /// A percentage, from 0 to 100.
    Percent,
    /// A kind of metric, which the type already tells.
    Kind(Kind),
    /// A word without meaning at the end of a name.
    EmptyLast,
    /// A minimum or maximum, which belongs before the name and not after its unit.
    Extreme,
}

/// Returns the meaning of a word. The dictionary is divided by first letters into functions, since
/// the interpreter looks at the whole of a function whenever it is called.
pub(crate) const fn meaning_of(word: &[u8]) -> Meaning {
    let [first, ..] = word else { return Meaning::Plain };
    match *first {
        b'a' => starts_with_a(word),
        b'b' => starts_with_b(word),
        b'c' => starts_with_c(word),
        b'd' => starts_with_d(word),
        b'f' => starts_with_f(word),
        b'g' => starts_with_g(word),
        b'h' => starts_with_h(word),
        b'i' => starts_with_i(word),
        b'j' => starts_with_j(word),
        b'k' => starts_with_k(word),
        b'm' => starts_with_m(word),
        b'n' => starts_with_n(word),
        b'o' => starts_with_o(word),
        b'p' => starts_with_p(word),
        b'r' => starts_with_r(word),
        b's' => starts_with_s(word),
        b't' => starts_with_t(word),
        b'u' => starts_with_u(word),
        b'v' => starts_with_v(word),
        b'w' => starts_with_w(word),
        b'y' => starts_with_y(word),
        b'e' => prefixed(word),
        _ => Meaning::Plain,
    }
}

const fn starts_with_a(word: &[u8]) -> Meaning {
    match word {
        b"amperes" => Meaning::Base("amperes"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_b(word: &[u8]) -> Meaning {
    match word {
        b"b" => Meaning::Short("bytes"),
        b"bits" => Meaning::NonBase("bytes"),
        b"byte" => Meaning::Singular("bytes"),
        b"bytes" => Meaning::Base("bytes"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_c(word: &[u8]) -> Meaning {
    match word {
        b"calories" => Meaning::NonBase("joules"),
        b"celsius" => Meaning::Base("celsius"),
        b"counter" => Meaning::Kind(Kind::Counter),
        _ => prefixed(word),
    }
}

const fn starts_with_d(word: &[u8]) -> Meaning {
    match word {
        b"d" => Meaning::Short("seconds"),
        b"days" => Meaning::NonBase("seconds"),
        _ => prefixed(word),
    }
}

const fn starts_with_f(word: &[u8]) -> Meaning {
    match word {
        b"fahrenheit" => Meaning::NonBase("celsius"),
        b"feet" => Meaning::NonBase("meters"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_g(word: &[u8]) -> Meaning {
    match word {
        b"gauge" => Meaning::Kind(Kind::Gauge),
        b"gb" => Meaning::Short("bytes"),
        b"gib" => Meaning::Abbreviation("bytes"),
        b"gbytes" => Meaning::NonBase("bytes"),
        b"grams" => Meaning::Base("grams"),
        _ => prefixed(word),
    }
}

const fn starts_with_h(word: &[u8]) -> Meaning {
    match word {
        b"h" => Meaning::Short("seconds"),
        b"histogram" => Meaning::Kind(Kind::Histogram),
        b"hours" => Meaning::NonBase("seconds"),
        b"hrs" => Meaning::Abbreviation("seconds"),
        _ => prefixed(word),
    }
}

const fn starts_with_i(word: &[u8]) -> Meaning {
    match word {
        b"inches" => Meaning::NonBase("meters"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_j(word: &[u8]) -> Meaning {
    match word {
        b"joules" => Meaning::Base("joules"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_k(word: &[u8]) -> Meaning {
    match word {
        b"kb" => Meaning::Short("bytes"),
        b"kib" => Meaning::Abbreviation("bytes"),
        b"kbytes" => Meaning::NonBase("bytes"),
        b"kelvin" => Meaning::Base("kelvin"),
        _ => prefixed(word),
    }
}

const fn starts_with_m(word: &[u8]) -> Meaning {
    match word {
        b"m" | b"ms" => Meaning::Short("seconds"),
        b"max" | b"min" => Meaning::Extreme,
        b"mb" => Meaning::Short("bytes"),
        b"mib" => Meaning::Abbreviation("bytes"),
        b"mbytes" => Meaning::NonBase("bytes"),
        b"meters" => Meaning::Base("meters"),
        b"metric" | b"metrics" => Meaning::EmptyLast,
        b"micros" | b"millis" | b"minutes" | b"msec" | b"msecs" => Meaning::NonBase("seconds"),
        b"miles" => Meaning::NonBase("meters"),
        b"mins" => Meaning::Abbreviation("seconds"),
        _ => prefixed(word),
    }
}

const fn starts_with_n(word: &[u8]) -> Meaning {
    match word {
        b"nanos" | b"nsec" | b"nsecs" => Meaning::NonBase("seconds"),
        b"ns" => Meaning::Short("seconds"),
        _ => prefixed(word),
    }
}

const fn starts_with_o(word: &[u8]) -> Meaning {
    match word {
        b"ounces" => Meaning::NonBase("grams"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_p(word: &[u8]) -> Meaning {
    match word {
        b"pb" => Meaning::Short("bytes"),
        b"pbytes" => Meaning::NonBase("bytes"),
        b"pct" | b"percent" | b"percentage" => Meaning::Percent,
        b"pounds" => Meaning::NonBase("grams"),
        _ => prefixed(word),
    }
}

const fn starts_with_r(word: &[u8]) -> Meaning {
    match word {
        b"rankine" => Meaning::NonBase("celsius"),
        b"ratio" => Meaning::Base("ratio"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_s(word: &[u8]) -> Meaning {
    match word {
        b"s" | b"sec" => Meaning::Short("seconds"),
        b"second" => Meaning::Singular("seconds"),
        b"seconds" => Meaning::Base("seconds"),
        b"secs" => Meaning::Abbreviation("seconds"),
        b"stats" => Meaning::EmptyLast,
        b"summary" => Meaning::Kind(Kind::Summary),
        _ => Meaning::Plain,
    }
}

const fn starts_with_t(word: &[u8]) -> Meaning {
    match word {
        b"tb" => Meaning::Short("bytes"),
        b"tbytes" => Meaning::NonBase("bytes"),
        b"tonnes" => Meaning::NonBase("grams"),
        _ => prefixed(word),
    }
}

const fn starts_with_u(word: &[u8]) -> Meaning {
    match word {
        b"us" => Meaning::Short("seconds"),
        b"usec" | b"usecs" => Meaning::NonBase("seconds"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_v(word: &[u8]) -> Meaning {
    match word {
        b"volts" => Meaning::Base("volts"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_w(word: &[u8]) -> Meaning {
    match word {
        b"weeks" => Meaning::NonBase("seconds"),
        _ => Meaning::Plain,
    }
}

const fn starts_with_y(word: &[u8]) -> Meaning {
    match word {
        b"yards" => Meaning::NonBase("meters"),
        _ => Meaning::Plain,
    }
}

/// Returns the meaning of a word.
pub(crate) const fn meaning(word: &str) -> Meaning {
    meaning_of(word.as_bytes())
}

/// Returns the meaning of a word that may be a unit with a prefix.
const fn prefixed(word: &[u8]) -> Meaning {
    match without_prefix(word) {
        Some(unit) => match prefixed_unit(unit) {
            Some(base) => Meaning::NonBase(base),
            None => Meaning::Plain,
        },
        None => Meaning::Plain,
    }
}

/// Returns the base unit of a unit that follows a prefix, also in the singular: `millisecond`.
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

/// Returns what follows a metric or binary prefix, such as `kilo` or `kibi`.
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

/// Returns whether `word` is `unit` with a metric or binary prefix.
pub(crate) const fn is_prefixed(word: &[u8], unit: &str) -> bool {
    if unit.is_empty() || word.len() < unit.len() + 3 {
        return false;
    }
    match without_prefix(word) {
        Some(rest) => equal_bytes(rest, unit.as_bytes()),
        None => false,
    }
}

/// Returns whether a word may follow a unit to tell which value it is, or of what.
pub(crate) const fn follows_unit(word: &[u8]) -> bool {
    matches!(
        word,
        b"total"
            | b"max"
            | b"min"
            | b"avg"
            | b"mean"
            | b"median"
            | b"p50"
            | b"p75"
            | b"p90"
            | b"p95"
            | b"p99"
            | b"p999"
            | b"sum"
            | b"free"
            | b"used"
            | b"left"
            | b"limit"
            | b"per"
            | b"by"
    ) || matches!(meaning_of(word), Meaning::EmptyLast | Meaning::Kind(_))
}

pub(crate) const fn is_base_unit(word: &str) -> bool {
    matches!(meaning(word), Meaning::Base(_))
}

/// Returns the base unit to use instead of `word`, if that is a unit but not a base unit.
pub(crate) const fn base_of(word: &str) -> Option<&'static str> {
    match meaning(word) {
        Meaning::NonBase(base) => Some(base),
        _ => None,
    }
}
