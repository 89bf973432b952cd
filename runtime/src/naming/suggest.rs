//! Suggestions of names that break no rule.

use super::text::{Text, equal, split_last_word, split_word, strip_suffix};
use super::words::{Meaning, follows_unit, is_prefixed, meaning, meaning_of};
use super::{Subject, after_by, after_label, has_unit, without_total};
use crate::kind::Kind;

/// A better name after the struct's prefix, and the unit that the type should then have.
pub(crate) struct Suggestion<'a> {
    /// The name; empty if no part of it can be kept.
    pub(crate) name: Text<256>,
    /// The unit of the suggested name.
    pub(crate) unit: &'a str,
    /// The reason why the name may be wrong.
    pub(crate) doubt: Doubt,
}

/// Writes `name` in lower case, with a `_` where a capital starts a word and for invalid
/// characters.
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

/// The reason why a better name is uncertain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// There is none.
    None,
    /// The name is that of a rate, which has no unit.
    Rate,
    /// The name has another unit than its type.
    OtherUnit,
}

/// Returns the base unit for a unit in `name` that is not a base unit, if there is one.
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
            Meaning::Short(base) if !first && is_before_figure(word, next) => found = Some(base),
            Meaning::Singular(base) if !first && next.is_none() => found = Some(base),
            _ => {}
        }
        first = false;
        rest = next;
    }
    if is_ratio { Some("ratio") } else { found }
}

/// Returns whether a word is where a unit is, as for the rule.
const fn is_before_figure(word: &str, next: Option<&str>) -> bool {
    match next {
        None => true,
        Some(next) => word.len() > 1 && follows_unit(split_word(next).0.as_bytes()),
    }
}

/// Returns whether a better name omits the word, although it is not at the end.
const fn is_noise(word: &str, next: Option<&str>, first: bool, unit: &str, kind: Kind) -> bool {
    let meaning = meaning(word);
    if matches!(meaning, Meaning::NonBase(_) | Meaning::Percent)
        || is_prefixed(word.as_bytes(), unit)
        || equal(word, unit)
        || is_plural(word, unit)
        || equal(word, "total")
    {
        return true;
    }
    match meaning {
        _ if first => false,
        Meaning::Kind(named) => named as u8 == kind as u8,
        Meaning::Abbreviation(_) => true,
        // Together with a type of this unit it must be the unit; `us` and `ms` may mean something
        // else.
        Meaning::Short(base) if word.len() > 1 && equal(base, unit) && !equal(unit, "seconds") => {
            true
        }
        Meaning::Short(_) => next.is_some() && is_before_figure(word, next),
        _ => false,
    }
}

/// Returns the name without words at its end that carry no meaning: a suffix of another kind, or
/// `metrics`.
const fn without_empty_end(mut name: &str, kind: Kind) -> &str {
    let has_sums = matches!(kind, Kind::Histogram | Kind::Summary);
    while let (Some(head), last) = split_last_word(name) {
        let says_nothing = match last.as_bytes() {
            b"bucket" | b"gcount" | b"gsum" | b"info" | b"sum" => true,
            b"count" => !has_sums,
            _ => match meaning(last) {
                Meaning::EmptyLast => true,
                Meaning::Kind(named) => named as u8 == kind as u8,
                _ => false,
            },
        };
        if !says_nothing {
            break;
        }
        name = head;
    }
    name
}

/// Returns a name with the same meaning that breaks no rule about names alone. If `is_whole` is
/// set, there is no prefix, and its first word is the first of all, where more is allowed.
pub(crate) const fn suggest<'a>(subject: &Subject<'a>, is_whole: bool) -> Suggestion<'a> {
    let mut snake = Text::<256>::new();
    push_snake_case(&mut snake, subject.name);
    let snake = snake.as_str();
    let name = without_empty_end(without_total(snake), subject.kind);
    let unit = match unit_in(snake, is_whole) {
        _ if !subject.unit.is_empty() => subject.unit,
        Some(unit) => unit,
        // A base unit in the name that only the type lacks is kept.
        None => base_named(split_last_word(without_total(snake)).1),
    };

    let mut better = Text::<256>::new();
    // `request_seconds_max` becomes `max_request_seconds`, and `pods_created` becomes
    // `created_pods`.
    let mut body = name;
    if let (Some(head), last) = split_last_word(body)
        && (equal(last, "created")
            || matches!(meaning(last), Meaning::Extreme)
                && (has_unit(head, unit) || spells(split_last_word(head).1, unit)))
    {
        better.push(last);
        body = head;
    }
    // All words of a unit are replaced by the unit, as in `temp_deg_c` or `energy_kilowatt_hours`.
    let mut is_spelt = false;
    if equal(unit, "joules")
        && let Some(head) = strip_suffix(body, "_hours")
        && belongs_to_unit(split_last_word(head).1)
    {
        is_spelt = true;
        body = head;
    }
    while !unit.is_empty() {
        let (head, last) = split_last_word(body);
        let is_other_base = !is_spelt && matches!(meaning(last), Meaning::Base(_));
        if !(spells(last, unit) || is_other_base || is_spelt && belongs_to_unit(last)) {
            break;
        }
        is_spelt = true;
        body = match head {
            Some(head) => head,
            None => "",
        };
    }
    let (before, last) = split_last_word(body);
    let doubt = if is_spelt {
        Doubt::None
    } else if is_rate(last) || spells(last, "seconds") && ends_with_unit(before) {
        Doubt::Rate
    } else if !unit.is_empty() && last.len() > 1 && says_unit(last) {
        Doubt::OtherUnit
    } else {
        Doubt::None
    };

    let mut label = super::label_in_name(body, subject.kind, subject.labels);
    let mut rest = Some(body);
    let mut first = is_whole;
    while let Some(tail) = rest {
        // `_by_path` is removed once.
        if let Some(name) = label
            && let Some(words) = after_by(tail, subject.kind)
            && let Some(after) = after_label(words, name)
        {
            label = None;
            rest = after;
            continue;
        }
        let (word, next) = split_word(tail);
        if !is_noise(word, next, first, unit, subject.kind) && !word.is_empty() {
            push_word(&mut better, word);
        }
        first = false;
        rest = next;
    }
    // Without a noun before these words, there is no name.
    if let b"per" | b"by" | b"of" = split_word(better.as_str()).0.as_bytes() {
        better = Text::new();
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
    Suggestion { name: better, unit, doubt }
}

/// Returns a suggested name whose words have the separators of the written name, `_` or `.`.
pub(super) const fn with_separators_of(name: &str, written: &str) -> Text<256> {
    let (mut text, mut rest, mut separator) = (Text::new(), Some(name), "_");
    let mut is_first = true;
    while let Some(tail) = rest {
        let (word, next) = split_word(tail);
        // OpenMetrics only recognises `_total`.
        let before = if equal(word, "total") { "_" } else { separator };
        if !is_first {
            text.push(before);
        }
        is_first = false;
        text.push(word);
        separator = separator_after(word, written);
        rest = next;
    }
    text
}

/// Returns the separator after a word of a name, or that after its first word if it does not
/// contain the word.
const fn separator_after(word: &str, name: &str) -> &'static str {
    let (mut rest, mut first) = (name, "");
    loop {
        let (own, next) = split_word(rest);
        let Some(next) = next else { return if first.is_empty() { "_" } else { first } };
        let separator = if rest.as_bytes()[own.len()] == b'.' { "." } else { "_" };
        if equal(own, word) {
            return separator;
        }
        if first.is_empty() {
            first = separator;
        }
        rest = next;
    }
}

/// Returns what is counted per unit of time, if the name is that of a rate: `read_mb_per_s`.
pub(crate) const fn counted_per_time(name: &str) -> Option<&str> {
    let (Some(head), last) = split_last_word(name) else { return None };
    if !spells(last, "seconds") && !equal(last, "min") {
        return None;
    }
    strip_suffix(head, "_per")
}

/// Returns whether people write `word` for `unit`.
const fn spells(word: &str, unit: &str) -> bool {
    if unit.is_empty() || word.is_empty() {
        return false;
    }
    if equal(word, unit) || is_plural(word, unit) || is_plural(unit, word) {
        return true;
    }
    let word = word.as_bytes();
    if is_prefixed(word, unit) {
        return true;
    }
    match meaning_of(word) {
        Meaning::NonBase(base)
        | Meaning::Abbreviation(base)
        | Meaning::Short(base)
        | Meaning::Singular(base)
            if equal(base, unit) =>
        {
            return true;
        }
        Meaning::Percent => return equal(unit, "ratio"),
        _ => {}
    }
    match unit.as_bytes() {
        b"seconds" => matches!(
            word,
            b"minute"
                | b"hour"
                | b"hr"
                | b"day"
                | b"week"
                | b"month"
                | b"months"
                | b"year"
                | b"years"
                | b"yr"
                | b"yrs"
        ),
        b"bytes" => matches!(
            word,
            b"bit"
                | b"kbit"
                | b"mbit"
                | b"gbit"
                | b"kbits"
                | b"mbits"
                | b"gbits"
                | b"octet"
                | b"octets"
                | b"tib"
                | b"pib"
        ),
        b"ratio" => {
            matches!(word, b"rate" | b"fraction" | b"frac" | b"proportion" | b"percents" | b"pcts")
        }
        b"celsius" => matches!(
            word,
            b"c" | b"f"
                | b"degc"
                | b"degf"
                | b"deg"
                | b"degree"
                | b"degrees"
                | b"celcius"
                | b"centigrade"
        ),
        b"kelvin" => matches!(word, b"k" | b"degk" | b"kelvins"),
        b"meters" => matches!(
            word,
            b"m" | b"km"
                | b"cm"
                | b"mm"
                | b"um"
                | b"nm"
                | b"ft"
                | b"yd"
                | b"mi"
                | b"metre"
                | b"metres"
                | b"kilometre"
                | b"kilometres"
                | b"foot"
                | b"mile"
                | b"inch"
        ),
        b"volts" => matches!(word, b"v" | b"kv" | b"mv" | b"uv"),
        b"amperes" => matches!(word, b"a" | b"ka" | b"ma" | b"ua" | b"amp" | b"amps"),
        b"joules" => matches!(
            word,
            b"j" | b"kj" | b"mj" | b"gj" | b"wh" | b"kwh" | b"mwh" | b"gwh" | b"cal" | b"kcal"
        ),
        b"grams" => {
            matches!(word, b"g" | b"kg" | b"mg" | b"ug" | b"lb" | b"lbs" | b"oz" | b"pound")
        }
        _ => false,
    }
}

/// Returns whether a word is a part of the unit that follows it: `kilowatt_hours`.
const fn belongs_to_unit(word: &str) -> bool {
    matches!(
        word.as_bytes(),
        b"watt"
            | b"kilowatt"
            | b"megawatt"
            | b"gigawatt"
            | b"kilo"
            | b"mega"
            | b"giga"
            | b"milli"
            | b"micro"
            | b"nano"
    )
}

/// Returns whether a name ends with a word for some unit.
const fn ends_with_unit(name: Option<&str>) -> bool {
    match name {
        Some(name) => says_unit(split_last_word(name).1),
        None => false,
    }
}

/// Returns whether people write `word` for some unit, including units that this crate does not
/// have.
const fn says_unit(word: &str) -> bool {
    let mut i = 0;
    while i < BASE_UNITS.len() {
        if spells(word, BASE_UNITS[i]) {
            return true;
        }
        i += 1;
    }
    matches!(
        word.as_bytes(),
        b"ah"
            | b"mah"
            | b"db"
            | b"dbm"
            | b"pa"
            | b"kpa"
            | b"hpa"
            | b"bar"
            | b"mbar"
            | b"psi"
            | b"ohm"
            | b"ohms"
            | b"lux"
            | b"lumen"
            | b"lumens"
            | b"px"
            | b"pixels"
    )
}

const BASE_UNITS: [&str; 10] = [
    "seconds", "bytes", "ratio", "celsius", "kelvin", "meters", "volts", "amperes", "joules",
    "grams",
];

/// Returns whether a word denotes a rate.
const fn is_rate(word: &str) -> bool {
    matches!(
        word.as_bytes(),
        b"bps"
            | b"kbps"
            | b"mbps"
            | b"gbps"
            | b"rpm"
            | b"rps"
            | b"qps"
            | b"tps"
            | b"iops"
            | b"fps"
            | b"hz"
            | b"khz"
            | b"mhz"
            | b"ghz"
            | b"hertz"
            | b"kilohertz"
            | b"megahertz"
            | b"gigahertz"
            | b"kph"
            | b"kmh"
            | b"mph"
            | b"w"
            | b"kw"
            | b"mw"
            | b"watt"
            | b"watts"
            | b"kilowatt"
            | b"kilowatts"
            | b"megawatts"
    )
}

const fn push_word<const N: usize>(text: &mut Text<N>, word: &str) {
    if !text.is_empty() {
        text.push("_");
    }
    text.push(word);
}

/// Returns the base unit spelled `word`, or an empty string.
const fn base_named(word: &str) -> &'static str {
    match meaning(word) {
        Meaning::Base(base) => base,
        _ => "",
    }
}

/// Returns whether `word` is `unit` with an `s`: `ratios`.
const fn is_plural(word: &str, unit: &str) -> bool {
    match strip_suffix(word, "s") {
        Some(one) => !unit.is_empty() && equal(one, unit),
        None => false,
    }
}
