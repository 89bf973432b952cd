//! Checks that stop the compilation for a wrong name, prefix, unit or waiver.

use super::explain::{
    explain, explain_name_error, push_problems, push_quoted, push_type_name, push_waives_nothing,
};
use super::near::nearest_rule;
use super::plain::is_plain_prefix;
use super::text::{Message, Text, equal, split_last_word, strip_prefix, strip_suffix};
use super::words::is_base_unit;
use super::{
    NAMED_KINDS, NameError, NameKind, Rule, Rules, Subject, broken_after_prefix, broken_rules,
    is_classic, kind_word, name_error, name_error_with, word_rules,
};
use crate::kind::Kind;

/// The prefix of a struct, and what is wrong with it alone. It is checked once for all metrics of
/// the struct.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    text: &'a str,
    rules: Rules,
    is_wrong: bool,
}

impl<'a> Before<'a> {
    /// Checks a prefix, which ends with its separator.
    pub(crate) const fn of(prefix: &'a str, waived: Rules) -> Before<'a> {
        Before {
            text: prefix,
            rules: word_rules(prefix, None, "", 0),
            is_wrong: prefix_error(prefix, waived).is_some(),
        }
    }
}

/// Stops the compilation if the name breaks a rule.
///
/// `prefix` is that of the struct; what is wrong with it alone is reported once by
/// [`check_prefix`]. `denied` are the optional rules that are enabled.
///
/// # Panics
///
/// Panics with what is wrong and what to type, if anything is.
#[track_caller]
pub const fn check_metric(subject: &Subject<'_>, prefix: &str, waived: Rules, denied: Rules) {
    if let Some(problem) = problem(subject, &Before::of(prefix, waived), waived, denied) {
        refuse(subject, prefix, problem);
    }
}

/// What is wrong with a name, before the message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameProblem {
    /// An error, which cannot be waived.
    Error(NameError),
    /// Rules that are broken and not waived.
    Rules(Rules),
}

/// Returns what is wrong with a name that starts with a checked prefix, if anything is.
pub(crate) const fn problem(
    subject: &Subject<'_>,
    before: &Before<'_>,
    waived: Rules,
    denied: Rules,
) -> Option<NameProblem> {
    // These are reported elsewhere.
    if waived.has_unknown() || before.is_wrong {
        return None;
    }
    if let Some(error) = name_error_with(subject.name, waived) {
        return Some(NameProblem::Error(error));
    }
    let broken = broken_by(subject, before, denied).without(waived);
    if broken.is_empty() { None } else { Some(NameProblem::Rules(broken)) }
}

/// Panics with the message about a problem. A message needs a large buffer, which takes time, so it
/// is only written when it is shown.
#[track_caller]
pub(crate) const fn refuse(subject: &Subject<'_>, prefix: &str, problem: NameProblem) -> ! {
    let mut text = Message::new();
    match problem {
        NameProblem::Error(error) => explain_name_error(&mut text, "name", subject.name, error),
        NameProblem::Rules(broken) => explain(&mut text, subject, prefix, broken),
    }
    panic!("{}", text.as_str());
}

#[track_caller]
const fn refuse_name(what: &str, name: &str, error: NameError) -> ! {
    let mut text = Message::new();
    explain_name_error(&mut text, what, name, error);
    panic!("{}", text.as_str());
}

/// Stops the compilation if a waiver waives nothing. `may_have_prefix` is set for a group: there, a
/// rule about words may be broken only after the prefix of a struct.
///
/// # Panics
///
/// Panics with the rules that are not broken.
#[track_caller]
pub(crate) const fn check_waived(
    subject: &Subject<'_>,
    before: &Before<'_>,
    waived: Rules,
    denied: Rules,
    may_have_prefix: bool,
) {
    check_waived_of(&[subject], before, waived, denied, may_have_prefix);
}

/// Stops the compilation if a waiver waives nothing for metrics that are declared together, at
/// least one of which has to break the rule.
#[track_caller]
pub(crate) const fn check_waived_of(
    subjects: &[&Subject<'_>],
    before: &Before<'_>,
    waived: Rules,
    denied: Rules,
    may_have_prefix: bool,
) {
    let mut idle = waived;
    let mut i = 0;
    while i < subjects.len() {
        if waived.has_unknown() || name_error_with(subjects[i].name, waived).is_some() {
            return;
        }
        idle = idle.without(broken_by(subjects[i], before, denied)).without(Rules::UTF8);
        i += 1;
    }
    if may_have_prefix {
        idle = idle.without(Rules::of(&[
            Rule::KindInName,
            Rule::Abbreviation,
            Rule::Namespace,
            Rule::LabelInName,
            Rule::LabelCount,
        ]));
    }
    if !idle.is_empty() {
        let mut text = Message::new();
        push_waives_nothing(&mut text, idle);
        push_quoted(&mut text, "", subjects[0].name);
        text.push(" does not break that\nhelp: remove it");
        panic!("{}", text.as_str());
    }
}

/// Returns the rules that a metric breaks by more than its prefix.
const fn broken_by(subject: &Subject<'_>, before: &Before<'_>, denied: Rules) -> Rules {
    broken_after_prefix(subject, before.text)
        .without(before.rules)
        .with_if(lacks_namespace(subject.name, before.text), Rule::Namespace)
        .with_if(subject.labels.len() > MAX_USUAL_LABELS, Rule::LabelCount)
        .without(OFF.without(denied))
}

/// The optional rules, which a struct has to enable.
const OFF: Rules = Rules::of(&[Rule::Namespace, Rule::LabelCount]);

/// The largest number of labels that does not break [`Rule::LabelCount`].
const MAX_USUAL_LABELS: usize = 5;

/// Stops the compilation if a metric of a group breaks a rule under its full name that it does not
/// break without the prefix.
#[track_caller]
pub(crate) const fn check_flattened(
    subject: &Subject<'_>,
    before: &Before<'_>,
    waived: Rules,
    denied: Rules,
) {
    let own = match strip_prefix(subject.name, before.text) {
        Some(name) => name,
        None => subject.name,
    };
    if waived.has_unknown() || before.is_wrong {
        return;
    }
    if let Some(error @ NameError::TooLong) = name_error_with(subject.name, waived) {
        refuse_name("name", subject.name, error);
    }
    let broken = broken_by(subject, before, denied).without(waived);
    if broken.is_empty() {
        return;
    }
    // The labels are only checked with the full name.
    let of_its_own = broken_rules(&Subject { name: own, labels: &[], ..*subject });
    let broken = broken.without(of_its_own);
    if !broken.is_empty() {
        refuse(subject, before.text, NameProblem::Rules(broken));
    }
}

/// Returns whether the name has no namespace, or is a single word.
const fn lacks_namespace(name: &str, prefix: &str) -> bool {
    prefix.is_empty() || split_last_word(name).0.is_none()
}

/// Returns the error in a prefix alone, if there is one.
const fn prefix_error(prefix: &str, waived: Rules) -> Option<NameError> {
    match prefix.as_bytes() {
        [.., b'_' | b'.'] => name_error_with(prefix.split_at(prefix.len() - 1).0, waived),
        _ => None,
    }
}

/// Returns the separator between a prefix and what follows it.
pub(crate) const fn separator_after(prefix: &str) -> &'static str {
    if let [.., b'.'] = prefix.as_bytes() { "" } else { "_" }
}

/// Stops the compilation if a part of a prefix is refused. `option` is its option, and `before` the
/// prefix before it.
///
/// # Panics
///
/// Panics with what is wrong and what to type, if anything is.
#[track_caller]
pub const fn check_prefix(option: &str, before: &str, part: &str, waived: Rules) {
    check_prefix_of(option, before, part, &[], waived);
}

/// Stops the compilation if a part of a prefix is refused before metrics of these kinds, which it
/// must not mention.
#[track_caller]
pub(crate) const fn check_prefix_of(
    option: &str,
    before: &str,
    part: &str,
    kinds: &[Kind],
    waived: Rules,
) {
    let is_short = before.len() + part.len() <= super::MAX_NAME_BYTES;
    if is_short && is_plain_prefix(part) {
        return;
    }
    if waived.has_unknown() || prefix_error(before, waived).is_some() {
        return;
    }
    refuse_prefix_if_wrong(option, before, part, kinds, waived);
}

/// Refuses a part of a prefix that is wrong. A function of its own, since the interpreter allocates
/// all variables of a function.
#[track_caller]
const fn refuse_prefix_if_wrong(
    option: &str,
    before: &str,
    part: &str,
    kinds: &[Kind],
    waived: Rules,
) {
    let mut whole = Text::<256>::new();
    whole.push(before);
    whole.push(part);
    let whole = whole.as_str();
    let words = match strip_suffix(part, "_") {
        Some(words) => words,
        None => part,
    };
    if let Some(error) = name_error_with(whole, waived) {
        refuse_name(option, words, error);
    }
    let names_kind = kind_word(whole, kinds).is_some() && kind_word(before, kinds).is_none();
    // Unlike a namespace, a field of calls may end with a unit.
    let named = match strip_suffix(whole, "_") {
        Some(named) if equal(option, "field") => named,
        _ => whole,
    };
    let broken = word_rules(named, None, "", 0)
        .without(Before::of(before, waived).rules)
        .with_if(names_kind, Rule::KindInName)
        .without(waived);
    if !broken.is_empty() {
        refuse_prefix(option, named, words, kinds, broken);
    }
}

#[track_caller]
const fn refuse_prefix(option: &str, whole: &str, words: &str, kinds: &[Kind], broken: Rules) -> ! {
    let mut text = Message::new();
    let subject = Subject { name: whole, kind: Kind::Unknown, unit: "", labels: &[] };
    text.push(option);
    push_quoted(&mut text, " ", words);
    push_problems(&mut text, &subject, "", kinds, broken);
    if broken.contains(Rule::SnakeCase) {
        text.push("\nhelp: write `");
        super::suggest::push_snake_case(&mut text, words);
        text.push("`");
    } else {
        text.push("\nhelp: leave that word out");
    }
    panic!("{}", text.as_str());
}

/// Stops the compilation if rules are waived for a struct that neither its prefix nor its labels
/// break.
///
/// # Panics
///
/// Panics with the rules that are not broken.
#[track_caller]
pub const fn check_struct_waived(prefix: &str, labels: &[&str], waived: Rules) {
    let before = Before::of(prefix, Rules::UTF8);
    if waived.has_unknown() || before.is_wrong {
        return;
    }
    let mut idle = waived.without(before.rules).without(Rules::UTF8);
    if kind_word(prefix, NAMED_KINDS).is_some() {
        idle = idle.without(Rules::of(&[Rule::KindInName]));
    }
    let mut i = 0;
    while i < labels.len() {
        idle = idle.without(super::label_rules(labels[i]));
        i += 1;
    }
    if !idle.is_empty() {
        let mut text = Message::new();
        push_waives_nothing(&mut text, idle);
        text.push("neither its namespace nor its labels break that\nhelp: remove it");
        panic!("{}", text.as_str());
    }
}

/// Stops the compilation if `word` cannot be the name of a unit.
///
/// # Panics
///
/// Panics with what is wrong, if the word is empty, has characters that a name cannot have, or
/// already means something else.
#[track_caller]
pub const fn check_unit(word: &str) {
    if let Some(error) = name_error(word) {
        refuse_name("unit", word, error);
    }
    let mut text = Message::new();
    if is_base_unit(word) {
        push_quoted(&mut text, "unit ", word);
        text.push(" already has a type\nhelp: use `measurand::unit::");
        push_type_name(&mut text, word);
        text.push("`");
        panic!("{}", text.as_str());
    }
    let mut probe = Text::<256>::new();
    probe.push("x_");
    probe.push(word);
    let subject = Subject { name: probe.as_str(), kind: Kind::Gauge, unit: word, labels: &[] };
    let names_kind = kind_word(probe.as_str(), NAMED_KINDS).is_some();
    let broken = broken_rules(&subject).with_if(names_kind, Rule::KindInName);
    if let (Some(_), last) = split_last_word(word)
        && is_base_unit(last)
    {
        push_quoted(&mut text, "unit ", word);
        push_quoted(&mut text, " ends with ", last);
        text.push(", which is another unit\nhelp: choose a word of its own, such as `pages`");
        panic!("{}", text.as_str());
    }
    if !broken.is_empty() {
        text.push_all(&["unit `", word, "`"]);
        push_problems(&mut text, &subject, "", NAMED_KINDS, broken);
        if let Some(base) = super::words::base_of(split_last_word(word).1) {
            text.push("\nhelp: use `measurand::unit::");
            push_type_name(&mut text, base);
            text.push("`");
        } else {
            text.push("\nhelp: name the unit by a plural in lower case, such as `pages`");
        }
        panic!("{}", text.as_str());
    }
}

/// Stops the compilation if `utf8` is given for a name that does not need it.
#[track_caller]
pub(crate) const fn check_utf8(name: &str, of: NameKind) {
    if is_classic(name, of) {
        let mut text = Message::new();
        push_quoted(&mut text, "`utf8` is not needed here: every scraper supports ", name);
        text.push("\nhelp: remove it");
        panic!("{}", text.as_str());
    }
}

/// Stops the compilation if there is no rule `name`.
///
/// # Panics
///
/// Panics with a similar rule, or with all of them, if `name` is not a rule.
#[track_caller]
pub const fn check_rule(name: &str) {
    if Rule::from_name(name).is_some() {
        return;
    }
    let mut text = Message::new();
    text.push_all(&["there is no rule `", name]);
    if let Some(rule) = nearest_rule(name) {
        text.push_all(&["`\nhelp: did you mean `", rule.as_str(), "`?"]);
        panic!("{}", text.as_str());
    }
    text.push("`\nhelp: the rules are ");
    let mut i = 0;
    while i < Rule::ALL.len() {
        if i > 0 {
            text.push(", ");
        }
        text.push_all(&["`", Rule::ALL[i].as_str(), "`"]);
        i += 1;
    }
    panic!("{}", text.as_str());
}
