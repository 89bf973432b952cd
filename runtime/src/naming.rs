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
mod check;
mod clash;
mod escaping;
mod explain;
mod labels;
mod near;
mod plain;
mod suggest;
mod text;
mod words;

pub(crate) use buckets::{
    DEFAULT_BUCKETS, DEFAULT_STORED, MAX_USUAL_BUCKETS, bound_bits, bounds_problem,
    bucket_count_problem, check_buckets, rounded_bound, stored_bounds,
};
#[doc(hidden)]
pub use check::{Before, check_metric, check_prefix, check_rule, check_struct_waived, check_unit};
pub(crate) use check::{
    check_flattened, check_prefix_of, check_utf8, check_waived, check_waived_of, problem, refuse,
    separator_after,
};
pub use clash::clash;
pub(crate) use clash::{clash_classic, clash_escaped, for_each_claim};
pub use escaping::Escaping;
pub(crate) use escaping::{Of, equal_labels, is_classic};
pub(crate) use explain::{name_at_run_time, name_problem, rule_problem};
#[doc(hidden)]
pub use labels::check_label;
pub use labels::{LabelError, label_error, label_rules};
pub(crate) use labels::{
    check_declared_label, check_label_waived, check_reserved_label, label_error_with,
    label_problem, label_rule_problem,
};
pub(crate) use plain::{is_plain, may_name_label};
#[doc(hidden)]
pub use text::Text;
pub(crate) use text::{equal, strip_suffix};

use std::fmt;

use crate::kind::Kind;
use text::{is_separator, split_last_word, split_word, strip_prefix};
use words::{Meaning, is_base_unit};

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
    /// The metric's own kind in its name, such as `gauge`; `metric`, `metrics`, `stats` last.
    KindInName,
    /// `milliseconds`, `minutes`, `kilobytes`, `usecs`: Prometheus counts in base units.
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
    /// `_by_<label>`, and on a counter `_per_<label>`, with one of the metric's own labels.
    LabelInName,
    /// A label that Prometheus itself attaches to the target, such as `job` or `instance`.
    TargetLabel,
    /// More than 40 buckets.
    BucketCount,
    /// More than five labels; only where `#[metrics(deny(label_count))]` asks for it.
    LabelCount,
}

impl Rule {
    /// Every rule.
    pub const ALL: &'static [Rule] = &[
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
        Rule::LabelCount,
    ];

    /// The rule's name, as written in `expect(…)`, such as `unit_suffix`.
    pub const fn as_str(self) -> &'static str {
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
            Rule::LabelCount => "label_count",
        }
    }

    /// The rule of that name.
    pub const fn from_name(name: &str) -> Option<Rule> {
        let mut i = 0;
        while i < Rule::ALL.len() {
            if equal(Rule::ALL[i].as_str(), name) {
                return Some(Rule::ALL[i]);
            }
            i += 1;
        }
        None
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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

    /// Names may have any characters: not a rule that is waived, but known in the same places.
    pub(crate) const UTF8: Rules = Rules(1 << 30);

    /// Whether names may have any characters.
    pub(crate) const fn allows_utf8(self) -> bool {
        self.0 & Rules::UTF8.0 != 0
    }

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
        Rule::ALL.iter().copied().filter(move |rule| self.contains(*rule))
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
    /// The character 0, which no name has.
    Nul,
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

/// What is wrong with `name` where any text may be one, but for the empty one and the character 0.
const fn utf8_name_error(name: &str) -> Option<NameError> {
    match name.as_bytes() {
        [] => Some(NameError::Empty),
        bytes if bytes.len() > MAX_NAME_BYTES => Some(NameError::TooLong),
        [b'_', ..] => Some(NameError::LeadingUnderscore),
        bytes if text::contains(bytes, 0) => Some(NameError::Nul),
        _ => None,
    }
}

/// What is wrong with `name` where such rules are waived.
pub(crate) const fn name_error_with(name: &str, waived: Rules) -> Option<NameError> {
    if waived.allows_utf8() { utf8_name_error(name) } else { name_error(name) }
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
    broken_behind(subject, "")
}

/// The same of a name that starts with `prefix`, where a struct may speak of kinds.
const fn broken_behind(subject: &Subject<'_>, prefix: &str) -> Rules {
    let Subject { name, kind, unit, labels } = *subject;
    let is_counter = matches!(kind, Kind::Counter);
    let total = strip_total(name);
    let body = if is_counter { without_total(name) } else { name };
    let (head, last) = split_last_word(body);
    word_rules(name, Some(kind), unit, prefix.len())
        .with_if(total.is_some() != is_counter, Rule::CounterTotal)
        .with_if(breaks_reserved_suffix(name, kind), Rule::ReservedSuffix)
        .with_if(breaks_singular_unit(head, last, unit), Rule::SingularUnit)
        .with_if(breaks_unit_suffix(body, last, unit), Rule::UnitSuffix)
        .with_if(breaks_label_in_name(name, kind, labels), Rule::LabelInName)
}

/// What stands before `_total`, if the name ends with it.
pub(crate) const fn strip_total(name: &str) -> Option<&str> {
    match split_last_word(name) {
        (Some(body), last) if equal(last, "total") => Some(body),
        _ => None,
    }
}

/// The name without `_total`.
const fn without_total(name: &str) -> &str {
    match strip_total(name) {
        Some(body) => body,
        None => name,
    }
}

/// The part of the name that ends with the unit: of a counter, what stands before `_total`.
const fn unit_part(name: &str, kind: Kind) -> &str {
    if matches!(kind, Kind::Counter) { without_total(name) } else { name }
}

/// The rules that look at words wherever they stand; `unit` is the type's. What a struct puts before
/// a name is `prefix` bytes long, and has no kind of its own.
const fn word_rules(name: &str, kind: Option<Kind>, unit: &str, prefix: usize) -> Rules {
    let mut rules = Rules::NONE.with_if(has_upper_case(name), Rule::SnakeCase);
    let mut words = Words::of(name);
    while let Some(word) = words.next() {
        rules = rules.or(rules_of_word(&word, kind, unit, prefix));
    }
    rules
}

/// A word of a name, and where it stands.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a [u8],
    /// At which byte.
    start: usize,
    /// What follows its `_` or `.`, if one follows.
    rest: Option<&'a [u8]>,
}

impl Word<'_> {
    /// Whether it ends the name.
    const fn is_last(&self) -> bool {
        self.rest.is_none()
    }

    /// Whether it stands where a unit does: at the end, or before a word that tells which figure it is.
    /// What a struct puts before the name is looked at on its own, so only the end of that counts.
    const fn is_at_unit(&self, prefix: usize) -> bool {
        if matches!(self.rest, None | Some(b"total")) {
            return true;
        }
        match (Words { rest: self.rest, start: 0 }).next() {
            Some(next) => {
                // A letter is a word of its own in many names.
                self.text.len() > 1 && self.start >= prefix && words::follows_unit(next.text)
            }
            None => false,
        }
    }

    /// The word in the name that it is of, for a message.
    const fn within<'a>(&self, name: &'a str) -> &'a str {
        name.split_at(self.start).1.split_at(self.text.len()).0
    }
}

/// The words of a name, in order. They are bytes that are cut by patterns: the interpreter of
/// constants takes a hundred times as long to cut a text.
struct Words<'a> {
    rest: Option<&'a [u8]>,
    start: usize,
}

impl<'a> Words<'a> {
    const fn of(name: &'a str) -> Words<'a> {
        Words { rest: Some(name.as_bytes()), start: 0 }
    }

    const fn next(&mut self) -> Option<Word<'a>> {
        let Some(mut text) = self.rest else { return None };
        let mut next = None;
        let mut tail = text;
        while let [first, after @ ..] = tail {
            if is_separator(*first) {
                next = Some(after);
                break;
            }
            tail = after;
        }
        // What is left is the separator and what follows it.
        let mut surplus = tail.len();
        while surplus > 0
            && let [head @ .., _] = text
        {
            text = head;
            surplus -= 1;
        }
        let start = self.start;
        self.rest = next;
        self.start += text.len() + 1;
        Some(Word { text, start, rest: next })
    }
}

/// The rules that a word breaks where it stands.
const fn rules_of_word(word: &Word<'_>, kind: Option<Kind>, unit: &str, prefix: usize) -> Rules {
    let is_first = word.start == 0;
    match words::meaning_of(word.text) {
        Meaning::Plain => Rules::NONE.with_if(words::is_prefixed(word.text, unit), Rule::BaseUnit),
        Meaning::NonBase(_) => Rules::NONE.with(Rule::BaseUnit),
        Meaning::Abbreviation(_) => Rules::NONE.with_if(!is_first, Rule::Abbreviation),
        Meaning::Short(_) => Rules::NONE.with_if(word.is_at_unit(prefix), Rule::Abbreviation),
        Meaning::Percent => Rules::NONE.with(Rule::Percent),
        Meaning::Kind(named) => match kind {
            Some(kind) => {
                let is_own = named as u8 == kind as u8 && !is_first && word.start >= prefix;
                Rules::NONE.with_if(is_own, Rule::KindInName)
            }
            None => Rules::NONE,
        },
        Meaning::EmptyLast => Rules::NONE.with_if(word.is_last(), Rule::KindInName),
        Meaning::Base(_) | Meaning::Singular(_) | Meaning::Extreme => Rules::NONE,
    }
}

/// The first word that breaks one of the [`word_rules`].
const fn word_that_breaks<'a>(
    rule: Rule,
    name: &'a str,
    kind: Kind,
    unit: &str,
    prefix: usize,
) -> Option<&'a str> {
    let mut words = Words::of(name);
    while let Some(word) = words.next() {
        if rules_of_word(&word, Some(kind), unit, prefix).contains(rule) {
            return Some(word.within(name));
        }
    }
    None
}

/// The first word of what stands before names that is one of these kinds.
const fn kind_word<'a>(prefix: &'a str, kinds: &[Kind]) -> Option<&'a str> {
    let mut words = Words::of(prefix);
    while let Some(word) = words.next() {
        if word.start > 0
            && let Meaning::Kind(named) = words::meaning_of(word.text)
        {
            let mut i = 0;
            while i < kinds.len() {
                if named as u8 == kinds[i] as u8 {
                    return Some(word.within(prefix));
                }
                i += 1;
            }
        }
    }
    None
}

/// Kinds that have a word.
const NAMED_KINDS: &[Kind] = &[Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary];

const fn has_upper_case(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if let b'A'..=b'Z' = bytes[i] {
            return true;
        }
        i += 1;
    }
    false
}

const fn breaks_reserved_suffix(name: &str, kind: Kind) -> bool {
    let is_info = matches!(kind, Kind::Info);
    let (Some(_), last) = split_last_word(name) else { return is_info };
    match last.as_bytes() {
        b"bucket" => !matches!(kind, Kind::Histogram),
        b"count" | b"sum" => !matches!(kind, Kind::Histogram | Kind::Summary),
        b"info" => !is_info,
        b"created" | b"gcount" | b"gsum" => true,
        _ => is_info,
    }
}

/// `head` and `last` are what stands before the unit's place, and the word that stands in it.
const fn breaks_singular_unit(head: Option<&str>, last: &str, unit: &str) -> bool {
    let Some(head) = head else { return false };
    match words::meaning(last) {
        Meaning::Singular(_) => true,
        Meaning::Extreme => has_unit(head, unit),
        _ => false,
    }
}

/// Whether `name` ends with a base unit or with that unit.
const fn has_unit(name: &str, unit: &str) -> bool {
    let last = split_last_word(name).1;
    is_base_unit(last) || !unit.is_empty() && !breaks_unit_suffix(name, last, unit)
}

/// `last` is the last word of the body.
const fn breaks_unit_suffix(body: &str, last: &str, unit: &str) -> bool {
    if unit.is_empty() {
        return is_base_unit(last);
    }
    // A unit of the user's own may be of several words.
    !equal(last, unit)
        && !equal(body, unit)
        && match strip_suffix(body, unit) {
            Some(head) => !matches!(head.as_bytes(), [_, .., b'_' | b'.']),
            None => true,
        }
}

/// The first of the metric's own labels that its name mentions after `by`, or after `per` if it is
/// a counter: `objects_per_slab` is a ratio.
const fn label_in_name<'a>(name: &str, kind: Kind, labels: &[&'a str]) -> Option<&'a str> {
    if labels.is_empty() {
        return None;
    }
    let mut rest = split_word(name).1;
    while let Some(tail) = rest {
        if let Some(words) = after_by(tail, kind) {
            let mut i = 0;
            while i < labels.len() {
                if after_label(words, labels[i]).is_some() {
                    return Some(labels[i]);
                }
                i += 1;
            }
        }
        rest = split_word(tail).1;
    }
    None
}

/// What follows a `by_`, or a counter's `per_`, at the start of `tail`.
const fn after_by(tail: &str, kind: Kind) -> Option<&str> {
    match tail.as_bytes() {
        [b'b', b'y', b'_' | b'.', ..] => Some(tail.split_at(3).1),
        [b'p', b'e', b'r', b'_' | b'.', ..] if matches!(kind, Kind::Counter) => {
            Some(tail.split_at(4).1)
        }
        _ => None,
    }
}

/// What follows `label` at the start of `words`, if that stands there.
const fn after_label<'a>(words: &'a str, label: &str) -> Option<Option<&'a str>> {
    match strip_prefix(words, label) {
        Some(after) if after.is_empty() => Some(None),
        Some(after) if is_separator(after.as_bytes()[0]) => Some(Some(after.split_at(1).1)),
        _ => None,
    }
}

const fn breaks_label_in_name(name: &str, kind: Kind, labels: &[&str]) -> bool {
    label_in_name(name, kind, labels).is_some()
}

/// The unit to expose: that of the type, if the name ends with it.
pub(crate) const fn exposed_unit(
    name: &str,
    kind: Kind,
    unit: &'static str,
) -> Option<&'static str> {
    let body = unit_part(name, kind);
    if unit.is_empty() || breaks_unit_suffix(body, split_last_word(body).1, unit) {
        None
    } else {
        Some(unit)
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
            None if equal(names[i], "utf8") => rules.or(Rules::UTF8),
            None => Rules(rules.0 | Rules::UNKNOWN.0),
        };
        i += 1;
    }
    rules
}
