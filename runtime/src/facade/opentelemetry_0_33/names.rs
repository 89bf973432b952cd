//! Names, units and labels, mapped to Prometheus by OpenTelemetry's specification.

use std::collections::BTreeMap;

use opentelemetry_0_33::{Key, Value};

/// The suffix that an instrument's name gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suffix {
    /// The suffix `_total`, of counters.
    Total,
    /// The suffix `_ratio` if the unit is `1`, of gauges.
    Ratio,
    None,
}

/// Returns the name of a family, and its unit.
pub(super) fn family_name(name: &str, unit: &str, suffix: Suffix) -> (String, &'static str) {
    let mut words: Vec<&str> = words(name).collect();
    if suffix == Suffix::Total && words.len() > 1 && words.last() == Some(&"total") {
        words.pop();
    }
    let unit = without_braces(unit);
    let (main, per) = unit.split_once('/').unwrap_or((&unit, ""));
    let known = match main {
        "1" if suffix == Suffix::Ratio && per.is_empty() => "ratio",
        _ => word(main),
    };
    let has = |words: &[&str], word: &str| words.contains(&word);
    match known {
        "" if main == "1" || !main.chars().all(|c| c.is_ascii_alphabetic() || c == '_') => {}
        "" if !main.is_empty() && !has(&words, main) => words.push(main),
        "" => {}
        known if !has(&words, known) => words.push(known),
        _ => {}
    }
    let per = per_word(per);
    if !per.is_empty() && !has(&words, per) {
        words.extend(["per", per]);
    }
    if suffix == Suffix::Total {
        words.push("total");
    }
    (words.join("_"), if per.is_empty() { known } else { "" })
}

/// Returns the words of a name.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// Returns a unit without annotations in braces.
fn without_braces(unit: &str) -> String {
    let parts = unit.split('{').enumerate();
    let after = |(index, part): (usize, &'_ str)| match index {
        0 => part.to_owned(),
        _ => part.split_once('}').unwrap_or_default().1.to_owned(),
    };
    parts.map(after).collect()
}

/// Returns the word for a UCUM unit.
fn word(unit: &str) -> &'static str {
    match unit {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        // Spelled as by Prometheus itself when it receives OTLP.
        "TiBy" => "tibibytes",
        "KBy" | "kBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "%" => "percent",
        _ => "",
    }
}

/// Returns the word for a unit in a denominator.
fn per_word(unit: &str) -> &'static str {
    match unit {
        "s" => "second",
        "m" | "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" | "wk" => "week",
        "mo" => "month",
        "y" | "a" => "year",
        _ => "",
    }
}

/// Returns the labels of attributes, sorted by name.
pub(super) fn labels<'a>(
    attributes: impl Iterator<Item = (&'a Key, &'a Value)>,
    is_histogram: bool,
) -> Vec<(String, String)> {
    let mut all = BTreeMap::<String, BTreeMap<&str, String>>::new();
    for (key, value) in attributes {
        let values = all.entry(label_name(key.as_str(), is_histogram)).or_default();
        values.insert(key.as_str(), value.to_string());
    }
    let joined = |values: BTreeMap<_, String>| values.into_values().collect::<Vec<_>>().join(";");
    all.into_iter().map(|(name, values)| (name, joined(values))).collect()
}

/// Returns the label name of an attribute.
pub(super) fn label_name(key: &str, is_histogram: bool) -> String {
    let mut name = String::with_capacity(key.len());
    for c in key.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    match name.as_bytes() {
        [b'_', ..] => format!("key{name}"),
        [] | [b'0'..=b'9', ..] => format!("key_{name}"),
        b"le" if is_histogram => "key_le".to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_0_33::KeyValue;

    use super::*;

    #[test]
    fn names_are_those_of_the_specification() {
        let check = |name, unit, suffix, expected: &str, word| {
            let found = family_name(name, unit, suffix);
            assert_eq!(found, (expected.to_owned(), word), "{name} in {unit}");
        };
        check("http.server.duration", "s", Suffix::None, "http_server_duration_seconds", "seconds");
        check("system.io", "By", Suffix::Total, "system_io_bytes_total", "bytes");
        check("io.bytes", "By", Suffix::Total, "io_bytes_total", "bytes");
        check("io_bytes_total", "By", Suffix::Total, "io_bytes_total", "bytes");
        check("io.total", "By", Suffix::Total, "io_bytes_total", "bytes");
        check("total", "", Suffix::Total, "total_total", "");
        check("a..b--c/d_", "", Suffix::None, "a_b_c_d", "");
        check("answers", "{answer}", Suffix::Total, "answers_total", "");
        check("cpu.utilization", "1", Suffix::Ratio, "cpu_utilization_ratio", "ratio");
        check("cpu.ratio", "1", Suffix::Ratio, "cpu_ratio", "ratio");
        check("retries", "1", Suffix::Total, "retries_total", "");
        check("wind", "m/s", Suffix::None, "wind_meters_per_second", "");
        check("rate", "{request}/s", Suffix::None, "rate_per_second", "");
        check("size", "By{page}", Suffix::None, "size_bytes", "bytes");
        check("odd", "{page", Suffix::None, "odd", "");
        check("rate", "1/s", Suffix::None, "rate_per_second", "");
        check("queue", "jobs", Suffix::None, "queue_jobs", "");
        check("queue.jobs", "jobs", Suffix::None, "queue_jobs", "");
        check("odd", "µ²", Suffix::None, "odd", "");
        check("disk.used", "%", Suffix::Ratio, "disk_used_percent", "percent");
    }

    #[test]
    fn labels_are_those_of_the_specification() {
        for (key, expected) in [
            ("http.method", "http_method"),
            ("a..b", "a_b"),
            ("1st", "key_1st"),
            ("_own", "key_own"),
            ("__name__", "key_name_"),
            ("ü", "key_"),
            ("", "key_"),
            ("le", "le"),
        ] {
            assert_eq!(label_name(key, false), expected);
        }
        assert_eq!(label_name("le", true), "key_le");
        let attributes = [
            KeyValue::new("b_c", "2"),
            KeyValue::new("a", 1),
            KeyValue::new("b.c", "1"),
            KeyValue::new("d", true),
        ];
        let labels = labels(attributes.iter().map(|it| (&it.key, &it.value)), false);
        let expected = [("a", "1"), ("b_c", "1;2"), ("d", "true")];
        assert!(labels.iter().map(|(name, value)| (&**name, &**value)).eq(expected));
    }
}
