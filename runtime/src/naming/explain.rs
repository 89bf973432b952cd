//! Explanations of what is wrong with a name, with the exact text to type instead: for compile
//! errors, and for names that are created at run time.

use super::suggest::{Doubt, counted_per_time, suggest};
use super::text::{Message, Text, equal, is_separator, split_last_word, strip_prefix};
use super::words::{Meaning, is_base_unit, meaning};
use super::{
    NameError, Rule, Rules, Subject, broken_after_prefix, kind_word, label_in_name, name_error,
    name_error_with, unit_part, utf8_name_error, without_total, word_rules, word_that_breaks,
};
use crate::kind::Kind;

/// Completes the name of a metric that is created at run time, or returns it with its error.
/// Counters get the suffix `_total`, and infos `_info`, without which OpenMetrics does not
/// recognise them.
pub(crate) fn name_at_run_time(
    name: &str,
    kind: Kind,
    waived: Rules,
) -> Result<String, (String, NameError)> {
    let mut whole = name.to_owned();
    let suffix = match kind {
        Kind::Counter => "total",
        Kind::Info => "info",
        _ => "",
    };
    let has_suffix =
        suffix.is_empty() || matches!(split_last_word(name), (Some(_), last) if last == suffix);
    // An error is reported for the name as it was given.
    if !has_suffix && name_error_with(name, waived).is_none() {
        whole.push('_');
        whole.push_str(suffix);
    }
    match name_error_with(&whole, waived) {
        Some(error) => Err((whole, error)),
        None => Ok(whole),
    }
}

/// Returns the explanation of an error in the name of a metric.
pub(crate) fn name_problem(name: &str, error: NameError) -> String {
    let mut text = Message::new();
    explain_name_error(&mut text, "metric", name, error);
    text.as_str().to_owned()
}

/// Returns the explanation of a rule that a metric breaks at run time.
pub(crate) fn rule_problem(subject: &Subject<'_>, rule: Rule) -> String {
    let mut text = Message::new();
    explain_problems(&mut text, subject, "", Rules::of(&[rule]));
    text.as_str().to_owned()
}

/// The number of bytes shown of a name that is too long.
const SHOWN_BYTES: usize = 40;

/// Writes the explanation of an error in `name`, which is a `what`.
pub(super) const fn explain_name_error(
    text: &mut Message,
    what: &str,
    name: &str,
    error: NameError,
) {
    if let NameError::TooLong = error {
        text.push("the name");
        if equal(what, "metric") {
            let mut end = SHOWN_BYTES;
            while !name.is_char_boundary(end) {
                end -= 1;
            }
            text.push_all(&[" `", name.split_at(end).0, "…`"]);
        }
        text.push(" is longer than 255 bytes\nhelp: shorten ");
        text.push(if super::text::one_of(what, &["name", "field"]) {
            "the namespace or the field"
        } else {
            "it"
        });
        return;
    }
    text.push(what);
    push_quoted(text, " ", name);
    text.push(match error {
        NameError::Empty => " is empty\nhelp: write at least one word",
        NameError::Charset if name.as_bytes()[0].is_ascii_digit() => " starts with a digit",
        NameError::Charset => " has a character other than `a-z`, `A-Z`, `0-9` and `_`",
        NameError::Nul => " has a null character, which no name may have",
        NameError::Colon => " has a `:`, which is reserved for recording rules",
        NameError::LeadingUnderscore => " starts with `_`, which OpenMetrics reserves",
        NameError::TooLong => "",
    });
    let mut better = Text::<256>::new();
    super::suggest::push_snake_case(&mut better, name);
    if !better.is_empty() && name_error(better.as_str()).is_none() {
        push_quoted(text, "\nhelp: write ", better.as_str());
    } else if !name.is_empty() {
        text.push("\nhelp: write words of lowercase letters and digits, joined by `_`");
    }
    if let (NameError::Charset | NameError::Colon, None) = (error, utf8_name_error(name))
        && !equal(what, "unit")
    {
        text.push(", or allow such names ");
        text.push(match what.as_bytes() {
            b"name" => "with `#[metric(utf8)]`",
            b"metric" => "with `utf8()`",
            _ => "with `#[metrics(utf8)]` on the struct",
        });
    }
}

/// Writes which rules are broken, what to do, and how to waive them at the declaration.
pub(super) const fn explain(
    text: &mut Message,
    subject: &Subject<'_>,
    prefix: &str,
    broken: Rules,
) {
    explain_problems(text, subject, prefix, broken);
    let mut waivable = Text::<512>::new();
    let mut i = 0;
    while i < Rule::ALL.len() {
        if broken.contains(Rule::ALL[i]) {
            waivable.push(Rule::ALL[i].as_str());
            waivable.push(", ");
        }
        i += 1;
    }
    text.push("\nnote: to keep it as it is: `#[metric(expect(");
    text.push(waivable.as_str());
    text.push("reason = \"…\"))]`");
}

const fn explain_problems(text: &mut Message, subject: &Subject<'_>, prefix: &str, broken: Rules) {
    text.push(match subject.kind {
        Kind::Counter => "counter `",
        Kind::Gauge => "gauge `",
        Kind::Histogram => "histogram `",
        _ => "metric `",
    });
    text.push_all(&[subject.name, "`"]);
    push_problems(text, subject, prefix, &[], broken);
    push_help(text, subject, prefix, broken);
}

/// Writes every broken rule as the rest of a sentence that starts with the name. `kinds` are those
/// that the name must not mention, besides its own.
pub(super) const fn push_problems(
    text: &mut Message,
    subject: &Subject<'_>,
    prefix: &str,
    kinds: &[Kind],
    broken: Rules,
) {
    let Subject { name, kind, unit, labels } = *subject;
    let mut count = 0;
    let mut i = 0;
    while i < ORDER.len() {
        let rule = ORDER[i];
        i += 1;
        if !broken.contains(rule) {
            continue;
        }
        text.push(if count == 0 { " " } else { ",\n      and " });
        count += 1;
        match rule {
            Rule::UnitSuffix => push_unit_problem(text, name, kind, unit),
            Rule::CounterTotal if matches!(kind, Kind::Counter) => {
                text.push("must end with `_total`, as every counter does");
            }
            Rule::CounterTotal => {
                text.push("ends with `_total`, which only a counter does");
            }
            Rule::ReservedSuffix => push_suffix_problem(text, name, kind),
            Rule::Abbreviation => {
                if let Some(word) = word_that_breaks(rule, name, kind, unit, prefix.len()) {
                    push_quoted(text, "has the abbreviation ", word);
                    text.push(", which is not a base unit");
                }
            }
            Rule::BaseUnit => {
                if let Some(word) = word_that_breaks(rule, name, kind, unit, prefix.len()) {
                    push_quoted(text, "has ", word);
                    text.push(", which is not a base unit");
                }
            }
            Rule::Percent => {
                if let Some(word) = word_that_breaks(rule, name, kind, unit, prefix.len()) {
                    push_quoted(text, "has ", word);
                    text.push(", and Prometheus counts parts of a whole as a ratio from 0 to 1");
                }
            }
            Rule::SingularUnit => push_singular_problem(text, name),
            Rule::KindInName => {
                let word = match word_that_breaks(rule, name, kind, unit, prefix.len()) {
                    None => kind_word(name, kinds),
                    word => word,
                };
                if let Some(word) = word {
                    push_quoted(text, "has ", word);
                    text.push(if matches!(meaning(word), Meaning::EmptyLast) {
                        ", which adds nothing"
                    } else {
                        ", which its type already tells"
                    });
                }
            }
            Rule::SnakeCase => text.push("has an uppercase letter"),
            Rule::LabelInName => {
                if let Some(label) = label_in_name(name, kind, labels) {
                    push_quoted(text, "names its own label ", label);
                }
            }
            Rule::Namespace => text.push("has no namespace, and `deny(namespace)` requires one"),
            Rule::LabelCount => {
                text.push("has more than five labels, which `deny(label_count)` refuses");
            }
            Rule::TargetLabel | Rule::BucketCount => {}
        }
    }
}

/// The rules in the order in which they are reported, the most important first.
const ORDER: [Rule; 12] = [
    Rule::UnitSuffix,
    Rule::CounterTotal,
    Rule::ReservedSuffix,
    Rule::Abbreviation,
    Rule::BaseUnit,
    Rule::Percent,
    Rule::SingularUnit,
    Rule::KindInName,
    Rule::SnakeCase,
    Rule::LabelInName,
    Rule::Namespace,
    Rule::LabelCount,
];

pub(super) const fn push_quoted(text: &mut Message, before: &str, word: &str) {
    text.push_all(&[before, "`", word, "`"]);
}

const fn push_unit_problem(text: &mut Message, name: &str, kind: Kind, unit: &str) {
    let last = last_unit_word(name, kind);
    if unit.is_empty() {
        push_quoted(text, "has the unit ", last);
        text.push(", but its type has no unit");
        return;
    }
    if is_base_unit(last) {
        push_quoted(text, "has the unit ", last);
        push_quoted(text, ", but its type counts in ", unit);
        return;
    }
    text.push_all(&["must end with `_", unit]);
    if matches!(kind, Kind::Counter) {
        text.push("_total");
    }
    text.push("`, the unit of its type");
}

/// Returns the word at the place of the unit.
const fn last_unit_word(name: &str, kind: Kind) -> &str {
    let body = unit_part(name, kind);
    split_last_word(body).1
}

const fn push_suffix_problem(text: &mut Message, name: &str, kind: Kind) {
    let last = split_last_word(name).1;
    if matches!(kind, Kind::Info) {
        text.push("must end with `_info`, as every info does");
        return;
    }
    text.push_all(&["ends with `_", last]);
    text.push(if equal(last, "bucket") {
        "`, which is a histogram's series"
    } else if equal(last, "count") || equal(last, "sum") {
        "`, which is a series of histograms and summaries"
    } else if equal(last, "info") {
        "`, which only an info does"
    } else {
        "`, which OpenMetrics reserves"
    });
}

const fn push_singular_problem(text: &mut Message, name: &str) {
    let body = without_total(name);
    let (head, last) = split_last_word(body);
    if !matches!(meaning(last), Meaning::Singular(_)) {
        push_quoted(text, "has ", last);
        text.push(" after its unit");
        return;
    }
    if let Some(head) = head
        && equal(split_last_word(head).1, "per")
    {
        text.push("is a rate");
        return;
    }
    push_quoted(text, "has ", last);
    text.push(", but units are plural");
}

const fn push_help(text: &mut Message, subject: &Subject<'_>, prefix: &str, broken: Rules) {
    let Subject { name, kind, .. } = *subject;
    let broken = broken.without(Rules::of(&[Rule::LabelCount]));
    if broken.is_empty() {
        text.push("\nhelp: remove those that no query uses");
        return;
    }
    if equal_rules(broken, Rules::of(&[Rule::Namespace])) {
        text.push("\nhelp: add `#[metrics(namespace = \"…\")]` to the struct");
        return;
    }
    let own = match strip_prefix(name, prefix) {
        Some(own) => own,
        None => name,
    };
    let own_body = without_total(own);
    if broken.without(RATE_RULES).is_empty()
        && let Some(counted) = counted_per_time(own_body)
    {
        let counter = Subject { name: counted, kind: Kind::Counter, ..*subject };
        push_rate_help(text, &counter, prefix);
        return;
    }
    let suggestion = suggest(&Subject { name: own, ..*subject }, prefix.is_empty());
    let separated = super::suggest::with_separators_of(suggestion.name.as_str(), own);
    let field = separated.as_str();
    // A gauge that is always 1 and has labels is meant to be an info.
    if equal_rules(broken, Rules::of(&[Rule::ReservedSuffix]))
        && matches!(kind, Kind::Gauge)
        && equal(split_last_word(name).1, "info")
    {
        text.push("\nhelp: make it an `Info<Labels>`, whose labels hold the information");
        push_quoted(text, ", or rename it to ", field);
        return;
    }
    let last = last_unit_word(name, kind);
    let is_certain = matches!(suggestion.doubt, Doubt::None)
        && is_spelt_out(own)
        && is_right(&Subject { name: field, unit: suggestion.unit, ..*subject }, prefix);
    let names_other_unit = broken.contains(Rule::UnitSuffix) && is_base_unit(last);
    let gains_unit = subject.unit.is_empty() && !suggestion.unit.is_empty();
    if let Doubt::Rate = suggestion.doubt {
        push_rate_help(text, &Subject { name: "", ..*subject }, prefix);
    } else if let Doubt::OtherUnit = suggestion.doubt {
        text.push_all(&[
            "\nhelp: its name contains another unit: choose one that ends with `_",
            suggestion.unit,
        ]);
        if let Kind::Counter = kind {
            text.push("_total");
        }
        text.push("`, or another type");
    } else if names_other_unit {
        text.push("\nhelp: write `");
        push_type(text, kind, last);
        text.push("`");
        if !is_certain {
            return;
        }
        if !subject.unit.is_empty() {
            push_quoted(text, ", or rename it to ", field);
        } else if !equal_rules(broken, Rules::of(&[Rule::UnitSuffix])) {
            push_quoted(text, ", and rename it to ", field);
        }
    } else if !is_certain || equal(field, own) {
        text.push("\nhelp: choose a name that says what is counted");
        if !subject.unit.is_empty() {
            push_quoted(text, ", in ", subject.unit);
        }
    } else if equal_rules(broken, Rules::of(&[Rule::CounterTotal]))
        && !matches!(kind, Kind::Counter)
    {
        push_quoted(text, "\nhelp: rename it to ", field);
        text.push(", or make it a `Counter`");
    } else {
        push_quoted(text, "\nhelp: rename it to ", field);
        if gains_unit {
            text.push(" and write `");
            push_type(text, kind, suggestion.unit);
            text.push("`");
        }
    }
}

/// The rules that the name of a rate breaks because it is one.
const RATE_RULES: Rules = Rules::of(&[
    Rule::SingularUnit,
    Rule::BaseUnit,
    Rule::Abbreviation,
    Rule::UnitSuffix,
    Rule::CounterTotal,
    Rule::Percent,
]);

/// Writes what to count instead of a rate. `counter` has the name of what is counted, or none.
const fn push_rate_help(text: &mut Message, counter: &Subject<'_>, prefix: &str) {
    let suggestion = suggest(counter, prefix.is_empty());
    let field = suggestion.name.as_str();
    let unit = if counter.name.is_empty() { counter.unit } else { suggestion.unit };
    text.push("\nhelp: count it in a `");
    if equal(unit, "bytes") || !counter.name.is_empty() && !unit.is_empty() {
        push_type(text, Kind::Counter, unit);
    } else {
        text.push("Counter");
    }
    text.push("`");
    let counter = Subject { name: field, kind: Kind::Counter, unit, ..*counter };
    if matches!(suggestion.doubt, Doubt::None) && is_right(&counter, prefix) {
        push_quoted(text, " called ", field);
        text.push(" and let the query take the rate, as in `rate(");
        text.push_all(&[prefix, field]);
        text.push("[5m])`");
    } else {
        text.push(" and let the query take the rate");
    }
}

/// Returns whether a name consists of letters, digits and separators, so that it can be reworded.
const fn is_spelt_out(name: &str) -> bool {
    let mut rest = name.as_bytes();
    while let [first, after @ ..] = rest {
        if !first.is_ascii_alphanumeric() && !is_separator(*first) {
            return false;
        }
        rest = after;
    }
    true
}

/// Returns whether a suggested name breaks no rule after `prefix`.
const fn is_right(subject: &Subject<'_>, prefix: &str) -> bool {
    if subject.name.is_empty() {
        return false;
    }
    let mut name = Text::<512>::new();
    name.push(prefix);
    name.push(subject.name);
    let subject = Subject { name: name.as_str(), ..*subject };
    let broken = broken_after_prefix(&subject, prefix).without(word_rules(prefix, None, "", 0));
    utf8_name_error(subject.name).is_none() && broken.is_empty()
}

const fn equal_rules(a: Rules, b: Rules) -> bool {
    a.without(b).is_empty() && b.without(a).is_empty()
}

/// Writes a type with its unit, such as `Gauge<Bytes>`.
const fn push_type(text: &mut Message, kind: Kind, unit: &str) {
    text.push(match kind {
        Kind::Counter => "Counter<",
        Kind::Histogram => "Histogram<",
        _ => "Gauge<",
    });
    push_type_name(text, unit);
    text.push(">");
}

pub(super) const fn push_type_name(text: &mut Message, unit: &str) {
    if unit.is_empty() {
        return;
    }
    let (first, rest) = unit.split_at(1);
    text.push_ascii(first.as_bytes()[0].to_ascii_uppercase());
    text.push(rest);
}

/// Writes the rules that are waived without being broken.
pub(super) const fn push_waives_nothing(text: &mut Message, idle: Rules) {
    text.push("`expect(");
    let mut count = 0;
    let mut i = 0;
    while i < Rule::ALL.len() {
        if idle.contains(Rule::ALL[i]) {
            if count > 0 {
                text.push(", ");
            }
            text.push(Rule::ALL[i].as_str());
            count += 1;
        }
        i += 1;
    }
    text.push(")` waives nothing: ");
}

#[cfg(test)]
mod tests {
    use super::{Message, Subject, explain_problems};
    use crate::Kind;
    use crate::naming::broken_rules;

    /// Returns the help for a metric declared as `declared`, after the namespace `shop`.
    fn help(declared: &str) -> String {
        let mut words = declared.split(' ');
        let kind = match words.next() {
            Some("counter") => Kind::Counter,
            Some("gauge") => Kind::Gauge,
            Some("histogram") => Kind::Histogram,
            other => panic!("there is no kind {other:?}"),
        };
        let name = format!("shop_{}", words.next().unwrap());
        let subject = Subject { name: &name, kind, unit: words.next().unwrap_or(""), labels: &[] };
        let broken = broken_rules(&subject);
        assert!(!broken.is_empty(), "{declared}");
        let mut text = Message::new();
        explain_problems(&mut text, &subject, "shop_", broken);
        let (_, help) = text.as_str().split_once("\nhelp: ").unwrap();
        help.to_owned()
    }

    #[track_caller]
    fn check(declared: &str, expected: &str) {
        assert_eq!(help(declared), expected, "{declared}");
    }

    /// Checks that the help is to rename the metric.
    #[track_caller]
    fn check_name(declared: &str, expected: &str) {
        check(declared, &format!("rename it to `{expected}`"));
    }

    #[test]
    fn how_a_unit_is_spelt_makes_room_for_it() {
        let info =
            "make it an `Info<Labels>`, whose labels hold the information, or rename it to `build`";
        check("gauge build_info", info);
        check_name("gauge temp_c celsius", "temp_celsius");
        check_name("gauge temp_degc celsius", "temp_celsius");
        check_name("gauge temp_deg_c celsius", "temp_celsius");
        check_name("gauge temp_degrees celsius", "temp_celsius");
        check_name("gauge temp_f celsius", "temp_celsius");
        check_name("gauge sky_k kelvin", "sky_kelvin");
        check_name("counter energy_kwh joules", "energy_joules_total");
        check_name("counter energy_wh_total joules", "energy_joules_total");
        check_name("counter energy_joule_total joules", "energy_joules_total");
        check_name("counter energy_kilowatt_hours_total joules", "energy_joules_total");
        check_name("gauge supply_mv volts", "supply_volts");
        check_name("gauge supply_volt volts", "supply_volts");
        check_name("gauge supply_ma amperes", "supply_amperes");
        check_name("gauge parcel_kg grams", "parcel_grams");
        check_name("gauge road_km meters", "road_meters");
        check_name("gauge road_m meters", "road_meters");
        check_name("counter driven_miles_total meters", "driven_meters_total");
        check_name("gauge hit_pct ratio", "hit_ratio");
        check_name("gauge hit_rate ratio", "hit_ratio");
        check_name("gauge hit_ratio_percent ratio", "hit_ratio");
        check_name("gauge hit_ratios ratio", "hit_ratio");
        check_name("counter in_octets bytes", "in_bytes_total");
        check_name("counter sent_kbits bytes", "sent_bytes_total");
        check_name("gauge disk_mb_free bytes", "disk_free_bytes");
        check_name("histogram wait_hr seconds", "wait_seconds");
        check_name("counter kb_sent bytes", "sent_bytes_total");
        check_name("gauge pods_created", "created_pods");
        check_name("histogram wait_ms_max seconds", "max_wait_seconds");
        check_name("histogram wait_ms seconds", "wait_seconds");
    }

    #[test]
    fn other_words_are_kept() {
        check_name("gauge plan_b seconds", "plan_b_seconds");
        check_name("counter us_east_wait seconds", "us_east_wait_seconds_total");
        check_name("counter k8s_ns_events", "k8s_ns_events_total");
        check_name("gauge ms_teams_wait seconds", "ms_teams_wait_seconds");
        check_name("counter requests_counter_total", "requests_total");
        check("gauge wait_ms", "rename it to `wait_seconds` and write `Gauge<Seconds>`");
        check("gauge hit_percent", "rename it to `hit_ratio` and write `Gauge<Ratio>`");
        check("counter queue_count", "rename it to `queue_total`");
    }

    #[test]
    fn a_rate_is_that_of_a_counter() {
        check(
            "gauge link_bits_per_second",
            "count it in a `Counter<Bytes>` called `link_bytes_total` and let the query take the rate, as in `rate(shop_link_bytes_total[5m])`",
        );
        check(
            "gauge requests_per_second",
            "count it in a `Counter` called `requests_total` and let the query take the rate, as in `rate(shop_requests_total[5m])`",
        );
        check(
            "gauge read_mb_per_s",
            "count it in a `Counter<Bytes>` called `read_bytes_total` and let the query take the rate, as in `rate(shop_read_bytes_total[5m])`",
        );
        check(
            "counter requests_per_min",
            "count it in a `Counter` called `requests_total` and let the query take the rate, as in `rate(shop_requests_total[5m])`",
        );
        check(
            "gauge disk_mb_s bytes",
            "count it in a `Counter<Bytes>` and let the query take the rate",
        );
        check(
            "gauge bits_per_second",
            "count it in a `Counter<Bytes>` and let the query take the rate",
        );
        check(
            "gauge link_mbps bytes",
            "count it in a `Counter<Bytes>` and let the query take the rate",
        );
        check("gauge fan_rpm seconds", "count it in a `Counter` and let the query take the rate");
        check("gauge clock_khz seconds", "count it in a `Counter` and let the query take the rate");
        check("counter load_qps", "count it in a `Counter` and let the query take the rate");
    }

    #[test]
    fn where_no_name_is_certain_words_say_what_to_do() {
        let ends = |unit| {
            format!(
                "its name contains another unit: choose one that ends with `_{unit}`, or another type"
            )
        };
        check("gauge battery_mah amperes", &ends("amperes"));
        check("gauge wait_ms bytes", &ends("bytes"));
        check("counter energy_mb joules", &ends("joules_total"));
        check("gauge ms", "choose a name that says what is counted");
        check("gauge ns_per_op seconds", "choose a name that says what is counted, in `seconds`");
        check("gauge count", "choose a name that says what is counted");
        check("gauge wait_seconds_count", "choose a name that says what is counted");
        check("gauge k8s_ns_count", "choose a name that says what is counted");
        check("gauge kilobytes bytes", "choose a name that says what is counted, in `bytes`");
    }
}
