//! What stops the compilation where a name, a prefix, a unit or a waiver is wrong.

use super::explain::{
    Message, explain, explain_name_error, push_idle, push_problems, push_quoted, push_type_name,
};
use super::near::nearest_rule;
use super::plain::is_plain_prefix;
use super::text::{Text, equal, split_last_word, strip_prefix, strip_suffix};
use super::words::is_base_unit;
use super::{
    NAMED_KINDS, NameError, Of, Rule, Rules, Subject, broken_behind, broken_rules, is_classic,
    kind_word, name_error, name_error_with, word_rules,
};
use crate::kind::Kind;

/// What a struct puts before the names of its metrics, and what is wrong with that alone. It is looked
/// at once for all of them.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    text: &'a str,
    rules: Rules,
    is_wrong: bool,
}

impl<'a> Before<'a> {
    /// What is known of a prefix, which ends with its `_`.
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
/// `prefix` is what the struct puts before the field's name; what is wrong with that alone is
/// said once by [`check_prefix`]. `denied` are the rules that are off unless asked for.
///
/// # Panics
///
/// With what is wrong and what to type, if anything is.
#[track_caller]
pub const fn check_metric(subject: &Subject<'_>, prefix: &str, waived: Rules, denied: Rules) {
    if let Some(problem) = problem(subject, &Before::of(prefix, waived), waived, denied) {
        refuse(subject, prefix, problem);
    }
}

/// What is wrong with a name, before there are words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// What cannot be waived.
    Error(NameError),
    /// Rules that are broken and not waived.
    Rules(Rules),
}

/// What is wrong with a name after a prefix that is known.
pub(crate) const fn problem(
    subject: &Subject<'_>,
    before: &Before<'_>,
    waived: Rules,
    denied: Rules,
) -> Option<Problem> {
    // What is said elsewhere is not said again.
    if waived.has_unknown() || before.is_wrong {
        return None;
    }
    if let Some(error) = name_error_with(subject.name, waived) {
        return Some(Problem::Error(error));
    }
    let broken = broken_by(subject, before, denied).without(waived);
    if broken.is_empty() { None } else { Some(Problem::Rules(broken)) }
}

/// A message takes room, and room takes time, so it is made only where one is shown.
#[track_caller]
pub(crate) const fn refuse(subject: &Subject<'_>, prefix: &str, problem: Problem) -> ! {
    let mut text = Message::new();
    match problem {
        Problem::Error(error) => explain_name_error(&mut text, "name", subject.name, error),
        Problem::Rules(broken) => explain(&mut text, subject, prefix, broken),
    }
    panic!("{}", text.as_str());
}

#[track_caller]
const fn refuse_name(what: &str, name: &str, error: NameError) -> ! {
    let mut text = Message::new();
    explain_name_error(&mut text, what, name, error);
    panic!("{}", text.as_str());
}

/// Stops the compilation if a waiver waives nothing. `may_have_prefix` holds for a group, where a
/// rule about words may be broken only after what a struct puts before them.
///
/// # Panics
///
/// With the rules that are not broken.
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

/// The same for metrics that are declared together, of which one has to break the rule.
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
        push_idle(&mut text, idle);
        push_quoted(&mut text, "", subjects[0].name);
        text.push(" does not break that\nhelp: remove it");
        panic!("{}", text.as_str());
    }
}

/// The rules that a metric breaks by more than what stands before its name.
const fn broken_by(subject: &Subject<'_>, before: &Before<'_>, denied: Rules) -> Rules {
    broken_behind(subject, before.text)
        .without(before.rules)
        .with_if(lacks_namespace(subject.name, before.text), Rule::Namespace)
        .with_if(subject.labels.len() > MAX_USUAL_LABELS, Rule::LabelCount)
        .without(OFF.without(denied))
}

/// The rules that are off unless a struct asks for them.
const OFF: Rules = Rules::of(&[Rule::Namespace, Rule::LabelCount]);

/// A metric with more labels than this breaks [`Rule::LabelCount`].
const MAX_USUAL_LABELS: usize = 5;

/// Stops the compilation if a metric of a group breaks a rule under its full name that it does
/// not break without what the struct puts before it.
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
    // A group knows no labels.
    let of_its_own = broken_rules(&Subject { name: own, labels: &[], ..*subject });
    let broken = broken.without(of_its_own);
    if !broken.is_empty() {
        refuse(subject, before.text, Problem::Rules(broken));
    }
}

/// Whether the name has no namespace or is one word.
const fn lacks_namespace(name: &str, prefix: &str) -> bool {
    prefix.is_empty() || split_last_word(name).0.is_none()
}

/// What is wrong with a prefix alone, and cannot be waived.
const fn prefix_error(prefix: &str, waived: Rules) -> Option<NameError> {
    match prefix.as_bytes() {
        [.., b'_' | b'.'] => name_error_with(prefix.split_at(prefix.len() - 1).0, waived),
        _ => None,
    }
}

/// What parts a prefix from what follows it.
pub(crate) const fn separator_after(prefix: &str) -> &'static str {
    if let [.., b'.'] = prefix.as_bytes() { "" } else { "_" }
}

/// Stops the compilation if a part of a prefix cannot be one. `option` is what the user calls it,
/// and `before` stands in front of it.
///
/// # Panics
///
/// With what is wrong and what to type, if anything is.
#[track_caller]
pub const fn check_prefix(option: &str, before: &str, part: &str, waived: Rules) {
    check_prefix_of(option, before, part, &[], waived);
}

/// The same of what stands before metrics of those kinds, which it may not name.
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

/// Apart, since the interpreter makes room for all that a function needs.
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
    // What is called, unlike a namespace, may end with a unit.
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
/// With the rules that are not broken.
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
        push_idle(&mut text, idle);
        text.push("neither its namespace nor its labels break that\nhelp: remove it");
        panic!("{}", text.as_str());
    }
}

/// Stops the compilation if `word` cannot be the name of a unit.
///
/// # Panics
///
/// With what is wrong, if the word is empty, has characters that no name has, or means something
/// else already.
#[track_caller]
pub const fn check_unit(word: &str) {
    if let Some(error) = name_error(word) {
        refuse_name("unit", word, error);
    }
    let mut text = Message::new();
    if is_base_unit(word) {
        push_quoted(&mut text, "unit ", word);
        text.push(" has a type already\nhelp: use `measurand::unit::");
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
        text.push("unit `");
        text.push(word);
        text.push("`");
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

/// Stops the compilation if every scraper takes a name for which any characters are allowed.
#[track_caller]
pub(crate) const fn check_utf8(name: &str, of: Of) {
    if is_classic(name, of) {
        let mut text = Message::new();
        push_quoted(&mut text, "`utf8` allows nothing here: every scraper takes ", name);
        text.push("\nhelp: remove it");
        panic!("{}", text.as_str());
    }
}

/// Stops the compilation if no rule has that name.
///
/// # Panics
///
/// With all rules, if `name` is none of them.
#[track_caller]
pub const fn check_rule(name: &str) {
    if Rule::from_name(name).is_some() {
        return;
    }
    let mut text = Message::new();
    text.push("there is no rule `");
    text.push(name);
    if let Some(rule) = nearest_rule(name) {
        text.push("`\nhelp: did you mean `");
        text.push(rule.as_str());
        text.push("`?");
        panic!("{}", text.as_str());
    }
    text.push("`\nhelp: the rules are ");
    let mut i = 0;
    while i < Rule::ALL.len() {
        if i > 0 {
            text.push(", ");
        }
        text.push("`");
        text.push(Rule::ALL[i].as_str());
        text.push("`");
        i += 1;
    }
    panic!("{}", text.as_str());
}
