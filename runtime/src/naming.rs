//! Every rule for metric names, labels and buckets, stated once.
//!
//! The rules are `const fn`s. What `#[derive(Metrics)]` generates calls them in constants, so a
//! broken rule is a compile error at the name. The same functions judge names that are made at run
//! time: there what cannot be waived keeps a family from being registered, and a broken rule is
//! listed by [`Registry::lint`](crate::Registry::lint). Sources: Prometheus's [naming guide],
//! client_golang's [promlint], and [OpenMetrics 1.0].
//!
//! A *rule* can be waived for one metric by `#[metric(expect(rule, reason = "…"))]`; what cannot
//! be waived is an error and has no [`Rule`].
//!
//! [naming guide]: https://prometheus.io/docs/practices/naming/
//! [promlint]: https://pkg.go.dev/github.com/prometheus/client_golang/prometheus/testutil/promlint
//! [OpenMetrics 1.0]: https://prometheus.io/docs/specs/om/open_metrics_spec/

mod buckets;
mod clash;
mod explain;
mod labels;
mod near;
mod suggest;
mod text;
mod words;

pub(crate) use buckets::{
    DEFAULT_BUCKETS, DEFAULT_STORED, MAX_USUAL_BUCKETS, bound_bits, bounds_problem,
    bucket_count_problem, check_buckets, rounded_bound, stored_bounds,
};
pub(crate) use clash::claims;
pub use clash::clash;
pub(crate) use explain::{
    check_flattened, check_waived, check_waived_of, name_at_run_time, rule_problem,
};
pub use explain::{check_metric, check_prefix, check_rule, check_struct_waived, check_unit};
pub use labels::{LabelError, check_label, label_error, label_rules};
pub(crate) use labels::{
    check_declared_label, check_label_waived, check_reserved_label, label_problem,
    label_rule_problem,
};
pub use text::Text;
pub(crate) use text::{equal, strip_suffix};

use std::borrow::Cow;

use crate::kind::Kind;
use text::{one_of, split_last_word, split_word, strip_prefix};
use words::{base_of, is_base_unit};

/// A rule that can be waived, with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// No upper-case letter in a metric or label name.
    SnakeCase,
    /// A counter ends in `_total`; nothing else does.
    CounterTotal,
    /// `_bucket`, `_count`, `_sum`, `_created`, `_gcount`, `_gsum` and `_info` mean something.
    ReservedSuffix,
    /// `counter`, `gauge`, `histogram`, `summary` in a name; `metric`, `metrics`, `stats` last.
    KindInName,
    /// `milliseconds`, `minutes`, `kilobytes`: Prometheus counts in base units.
    BaseUnit,
    /// `ms`, `sec`, `kb`, …
    Abbreviation,
    /// `percent`, `percentage`, `pct`: write a ratio from 0 to 1.
    Percent,
    /// `_second` or `_byte` at the end, `_per_second`, `_seconds_max`.
    SingularUnit,
    /// The type's unit is the last word of the name, and a unit at its end is the type's.
    UnitSuffix,
    /// A metric without a namespace; only where `#[metrics(deny(namespace))]` asks for it.
    Namespace,
    /// `_by_<label>` or `_per_<label>` with one of the metric's own labels.
    LabelInName,
    /// A label that Prometheus itself attaches to the target, such as `job` or `instance`.
    TargetLabel,
    /// More than 40 buckets.
    BucketCount,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 13] = [
        Rule::SnakeCase,
        Rule::CounterTotal,
        Rule::ReservedSuffix,
        Rule::KindInName,
        Rule::BaseUnit,
        Rule::Abbreviation,
        Rule::Percent,
        Rule::SingularUnit,
        Rule::UnitSuffix,
        Rule::Namespace,
        Rule::LabelInName,
        Rule::TargetLabel,
        Rule::BucketCount,
    ];

    /// The rule's name, as `expect(…)` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::SnakeCase => "snake_case",
            Rule::CounterTotal => "counter_total",
            Rule::ReservedSuffix => "reserved_suffix",
            Rule::KindInName => "kind_in_name",
            Rule::BaseUnit => "base_unit",
            Rule::Abbreviation => "abbreviation",
            Rule::Percent => "percent",
            Rule::SingularUnit => "singular_unit",
            Rule::UnitSuffix => "unit_suffix",
            Rule::Namespace => "namespace",
            Rule::LabelInName => "label_in_name",
            Rule::TargetLabel => "target_label",
            Rule::BucketCount => "bucket_count",
        }
    }

    /// The rule of that name.
    pub const fn from_name(name: &str) -> Option<Rule> {
        let mut i = 0;
        while i < Rule::ALL.len() {
            if equal(Rule::ALL[i].name(), name) {
                return Some(Rule::ALL[i]);
            }
            i += 1;
        }
        None
    }
}

/// A set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Rules(u32);

impl Rules {
    /// No rule.
    pub const NONE: Rules = Rules(0);

    /// These rules.
    pub const fn of(rules: &[Rule]) -> Rules {
        let mut set = Rules::NONE;
        let mut i = 0;
        while i < rules.len() {
            set = set.with(rules[i]);
            i += 1;
        }
        set
    }

    /// This set and `rule`.
    pub const fn with(self, rule: Rule) -> Rules {
        Rules(self.0 | 1 << rule as u32)
    }

    /// This set, and `rule` if `broken`.
    const fn with_if(self, broken: bool, rule: Rule) -> Rules {
        if broken { self.with(rule) } else { self }
    }

    /// This set without those of `other`.
    pub const fn without(self, other: Rules) -> Rules {
        Rules(self.0 & !other.0)
    }

    /// The rules in one of both sets.
    pub const fn or(self, other: Rules) -> Rules {
        Rules(self.0 | other.0)
    }

    /// The rules in both sets.
    pub const fn and(self, other: Rules) -> Rules {
        Rules(self.0 & other.0)
    }

    /// Whether `rule` is in the set.
    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & 1 << rule as u32 != 0
    }

    /// Marks a set made of names of which one is no rule's.
    const UNKNOWN: Rules = Rules(1 << 31);

    /// Whether one of the names that the set was made of is no rule's, which is said elsewhere.
    const fn has_unknown(self) -> bool {
        self.0 & Rules::UNKNOWN.0 != 0
    }

    /// Whether no rule is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rules of the set.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.into_iter().filter(move |rule| self.contains(*rule))
    }
}

/// What a name is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The full name, namespace included.
    pub name: &'a str,
    /// The metric's kind.
    pub kind: Kind,
    /// The unit of the metric's type; empty without one.
    pub unit: &'a str,
    /// The names of the metric's labels.
    pub labels: &'a [&'a str],
}

/// What is wrong with a name and cannot be waived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing at all.
    Empty,
    /// A character outside `[a-zA-Z0-9_]`, or a digit first.
    Charset,
    /// `:` is for recording rules.
    Colon,
    /// OpenMetrics reserves names that start with `_`.
    LeadingUnderscore,
    /// More than 255 bytes.
    TooLong,
}

/// The longest name of a metric, in bytes.
pub(crate) const MAX_NAME_BYTES: usize = 255;

/// What is wrong with `name` as the name of a metric, whatever the metric is.
///
/// ```
/// use measurand::naming::{NameError, name_error};
/// assert_eq!(name_error("http_requests_total"), None);
/// assert_eq!(name_error("job:requests:rate5m"), Some(NameError::Colon));
/// ```
pub const fn name_error(name: &str) -> Option<NameError> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Some(NameError::Empty);
    }
    if bytes.len() > MAX_NAME_BYTES {
        return Some(NameError::TooLong);
    }
    if bytes[0] == b'_' {
        return Some(NameError::LeadingUnderscore);
    }
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b':' => return Some(NameError::Colon),
            b'0'..=b'9' if i == 0 => return Some(NameError::Charset),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {}
            _ => return Some(NameError::Charset),
        }
        i += 1;
    }
    None
}

/// The rules that a metric breaks by its name.
///
/// [`Rule::Namespace`] is not looked at: it concerns the struct, and is off unless asked for.
///
/// ```
/// use measurand::Kind;
/// use measurand::naming::{Rule, Rules, Subject, broken_rules};
/// let latency = Subject { name: "api_latency_ms", kind: Kind::Histogram, unit: "seconds", labels: &[] };
/// assert_eq!(broken_rules(&latency), Rules::of(&[Rule::Abbreviation, Rule::UnitSuffix]));
/// ```
pub const fn broken_rules(subject: &Subject<'_>) -> Rules {
    let Subject { name, kind, unit, labels } = *subject;
    let is_counter = matches!(kind, Kind::Counter);
    let body = unit_part(name, kind);
    word_rules(name, unit)
        .with_if(strip_suffix(name, "_total").is_some() != is_counter, Rule::CounterTotal)
        .with_if(breaks_reserved_suffix(name, kind), Rule::ReservedSuffix)
        .with_if(breaks_singular_unit(body, unit), Rule::SingularUnit)
        .with_if(breaks_unit_suffix(body, unit), Rule::UnitSuffix)
        .with_if(breaks_label_in_name(name, labels), Rule::LabelInName)
}

/// The name without `_total`.
const fn without_total(name: &str) -> &str {
    match strip_suffix(name, "_total") {
        Some(body) => body,
        None => name,
    }
}

/// The part of the name that ends with the unit: of a counter, what stands before `_total`.
const fn unit_part(name: &str, kind: Kind) -> &str {
    if matches!(kind, Kind::Counter) { without_total(name) } else { name }
}

/// The rules that look at words wherever they stand; `unit` is the type's.
const fn word_rules(name: &str, unit: &str) -> Rules {
    Rules::NONE
        .with_if(has_upper_case(name), Rule::SnakeCase)
        .with_if(kind_word(name).is_some(), Rule::KindInName)
        .with_if(non_base_word(name, unit).is_some(), Rule::BaseUnit)
        .with_if(abbreviated_word(name).is_some(), Rule::Abbreviation)
        .with_if(percent_word(name).is_some(), Rule::Percent)
}

const fn has_upper_case(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i].is_ascii_uppercase() {
            return true;
        }
        i += 1;
    }
    false
}

const fn breaks_reserved_suffix(name: &str, kind: Kind) -> bool {
    let (Some(_), last) = split_last_word(name) else {
        return matches!(kind, Kind::Info);
    };
    if equal(last, "bucket") {
        !matches!(kind, Kind::Histogram)
    } else if one_of(last, &["count", "sum"]) {
        !matches!(kind, Kind::Histogram | Kind::Summary)
    } else if equal(last, "info") {
        !matches!(kind, Kind::Info)
    } else {
        one_of(last, &["created", "gcount", "gsum"]) || matches!(kind, Kind::Info)
    }
}

/// The word that says what the type says.
const fn kind_word(name: &str) -> Option<&str> {
    let last = split_last_word(name).1;
    if one_of(last, words::EMPTY_LAST) {
        return Some(last);
    }
    let mut rest = split_word(name).1;
    while let Some(tail) = rest {
        let (word, next) = split_word(tail);
        if one_of(word, words::KINDS) {
            return Some(word);
        }
        rest = next;
    }
    None
}

/// The first word that is a unit, but not a base unit: also the type's own unit with a prefix.
const fn non_base_word<'a>(name: &'a str, unit: &str) -> Option<&'a str> {
    let mut rest = Some(name);
    while let Some(tail) = rest {
        let (word, next) = split_word(tail);
        if base_of(word).is_some() || words::is_prefixed(word, unit) {
            return Some(word);
        }
        rest = next;
    }
    None
}

const fn abbreviated_word(name: &str) -> Option<&str> {
    let mut rest = split_word(name).1;
    while let Some(tail) = rest {
        let (word, next) = split_word(tail);
        if words::abbreviation_of(word).is_some() {
            return Some(word);
        }
        rest = next;
    }
    // Single letters are abbreviations only where a unit would stand, which is before `_total`.
    let last = split_last_word(without_total(name)).1;
    if words::last_abbreviation_of(last).is_some() { Some(last) } else { None }
}

const fn percent_word(name: &str) -> Option<&str> {
    let mut rest = Some(name);
    while let Some(tail) = rest {
        let (word, next) = split_word(tail);
        if one_of(word, words::PERCENT) {
            return Some(word);
        }
        rest = next;
    }
    None
}

const fn breaks_singular_unit(body: &str, unit: &str) -> bool {
    let (head, last) = split_last_word(body);
    let Some(head) = head else { return false };
    one_of(last, &["second", "byte"]) || one_of(last, words::EXTREMES) && has_unit(head, unit)
}

/// Whether `name` ends with a base unit or with that unit.
const fn has_unit(name: &str, unit: &str) -> bool {
    is_base_unit(split_last_word(name).1) || !unit.is_empty() && !breaks_unit_suffix(name, unit)
}

const fn breaks_unit_suffix(body: &str, unit: &str) -> bool {
    let last = split_last_word(body).1;
    if unit.is_empty() {
        is_base_unit(last)
    } else {
        // A unit of the user's own may be of several words.
        !equal(body, unit)
            && match strip_suffix(body, unit) {
                Some(head) => head.is_empty() || head.as_bytes()[head.len() - 1] != b'_',
                None => true,
            }
    }
}

/// The first of the metric's own labels that its name mentions behind `by` or `per`.
const fn label_in_name<'a>(name: &str, labels: &[&'a str]) -> Option<&'a str> {
    let mut rest = split_word(name).1;
    while let Some(tail) = rest {
        let mut i = 0;
        while i < labels.len() {
            if after_by_label(tail, labels[i]).is_some() {
                return Some(labels[i]);
            }
            i += 1;
        }
        rest = split_word(tail).1;
    }
    None
}

/// What follows `by_<label>` or `per_<label>` at the start of `tail`, if that stands there.
const fn after_by_label<'a>(tail: &'a str, label: &str) -> Option<Option<&'a str>> {
    let (word, Some(rest)) = split_word(tail) else { return None };
    if !one_of(word, &["by", "per"]) {
        return None;
    }
    match strip_prefix(rest, label) {
        Some(after) if after.is_empty() => Some(None),
        Some(after) => match strip_prefix(after, "_") {
            Some(after) => Some(Some(after)),
            None => None,
        },
        None => None,
    }
}

const fn breaks_label_in_name(name: &str, labels: &[&str]) -> bool {
    label_in_name(name, labels).is_some()
}

/// The unit to expose: that of the type, if the name ends with it.
pub(crate) const fn exposed_unit(
    name: &str,
    kind: Kind,
    unit: &'static str,
) -> Option<&'static str> {
    let body = unit_part(name, kind);
    if unit.is_empty() || breaks_unit_suffix(body, unit) { None } else { Some(unit) }
}

/// The name of a declaration, which is always borrowed.
#[allow(clippy::ptr_arg, reason = "a `Cow` derefs in no constant")]
pub(crate) const fn borrowed(name: &Cow<'static, str>) -> &'static str {
    match name {
        Cow::Borrowed(name) => name,
        Cow::Owned(_) => panic!("names are owned only after a prefix is set at run time"),
    }
}

/// The rules of those names; a name of no rule is for [`check_rule`] to refuse.
#[doc(hidden)]
pub const fn rules(names: &[&str]) -> Rules {
    let mut rules = Rules::NONE;
    let mut i = 0;
    while i < names.len() {
        rules = match Rule::from_name(names[i]) {
            Some(rule) => rules.with(rule),
            None => Rules(rules.0 | Rules::UNKNOWN.0),
        };
        i += 1;
    }
    rules
}
