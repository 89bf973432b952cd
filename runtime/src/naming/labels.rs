//! Rules for the names of labels.

use std::error::Error;
use std::fmt;

use super::escaping::equal_labels;
use super::text::{Message, Text, contains, equal};
use super::{Rule, Rules, has_upper_case};
use crate::kind::Kind;

/// An error in the name of a label, which cannot be waived.
///
/// ```
/// use measurand::Kind;
/// use measurand::naming::{LabelError, label_error};
///
/// assert_eq!(label_error("http-method", None), Some(LabelError::Charset));
/// assert_eq!(label_error("__name__", None), Some(LabelError::LeadingUnderscore));
/// assert_eq!(label_error("le", Some(Kind::Histogram)), Some(LabelError::Le));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelError {
    /// The name is empty.
    Empty,
    /// It has a character outside `[a-zA-Z0-9_]`, or starts with a digit.
    Charset,
    /// It starts with `_`. Such names are reserved, and those with `__` belong to Prometheus.
    LeadingUnderscore,
    /// It is `le`, the label of histogram buckets.
    Le,
    /// It is `quantile`, the label of summaries.
    Quantile,
    /// It has a null character, which no name may have.
    Nul,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LabelError::Empty => "the name is empty",
            LabelError::Charset => {
                "the name has a character outside `[a-zA-Z0-9_]`, or starts with a digit"
            }
            LabelError::LeadingUnderscore => "the name starts with `_`, which is reserved",
            LabelError::Le => "`le` is the label of histogram buckets",
            LabelError::Quantile => "`quantile` is the label of summaries",
            LabelError::Nul => "the name has a null character",
        })
    }
}

impl Error for LabelError {}

/// Returns the error in a label of a metric of `kind`, if there is one. Without a kind, only checks
/// what is always wrong.
///
/// ```
/// use measurand::Kind;
/// use measurand::naming::{LabelError, label_error};
///
/// assert_eq!(label_error("method", Some(Kind::Summary)), None);
/// assert_eq!(label_error("quantile", Some(Kind::Summary)), Some(LabelError::Quantile));
/// assert_eq!(label_error("quantile", Some(Kind::Gauge)), None);
/// ```
pub const fn label_error(label: &str, kind: Option<Kind>) -> Option<LabelError> {
    let bytes = label.as_bytes();
    if bytes.is_empty() {
        return Some(LabelError::Empty);
    }
    if bytes[0] == b'_' {
        return Some(LabelError::LeadingUnderscore);
    }
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'0'..=b'9' if i == 0 => return Some(LabelError::Charset),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {}
            _ => return Some(LabelError::Charset),
        }
        i += 1;
    }
    reserved_error(label, kind)
}

/// Returns the error in a label with these rules waived, if there is one.
pub(crate) const fn label_error_with(
    label: &str,
    kind: Option<Kind>,
    waived: Rules,
) -> Option<LabelError> {
    if !waived.allows_utf8() {
        return label_error(label, kind);
    }
    match label.as_bytes() {
        [] => Some(LabelError::Empty),
        [b'_', ..] => Some(LabelError::LeadingUnderscore),
        bytes if contains(bytes, 0) => Some(LabelError::Nul),
        _ if equal_labels(label, "__name__") => Some(LabelError::LeadingUnderscore),
        _ => reserved_error(label, kind),
    }
}

/// Returns the error if metrics of this kind use the label themselves.
const fn reserved_error(label: &str, kind: Option<Kind>) -> Option<LabelError> {
    match kind {
        Some(Kind::Histogram) if equal(label, "le") => Some(LabelError::Le),
        Some(Kind::Summary) if equal(label, "quantile") => Some(LabelError::Quantile),
        _ => None,
    }
}

/// Returns the rules that a label breaks by its name.
///
/// ```
/// use measurand::naming::{Rule, Rules, label_rules};
///
/// assert_eq!(label_rules("method"), Rules::NONE);
/// assert_eq!(label_rules("httpMethod"), Rules::of(&[Rule::SnakeCase]));
/// assert_eq!(label_rules("instance"), Rules::of(&[Rule::TargetLabel]));
/// ```
pub const fn label_rules(label: &str) -> Rules {
    Rules::NONE
        .with_if(has_upper_case(label), Rule::SnakeCase)
        .with_if(instead_of(label).is_some(), Rule::TargetLabel)
}

/// Returns another name for a label that the target may already have, attached by Prometheus or its
/// service discovery.
pub(crate) const fn instead_of(label: &str) -> Option<&'static str> {
    Some(match label.as_bytes() {
        b"job" => "task",
        b"instance" => "backend",
        b"region" => "destination_region",
        b"zone" | b"availability_zone" | b"az" => "destination_zone",
        b"cluster" => "backend_cluster",
        b"datacenter" | b"dc" => "destination_datacenter",
        b"service" => "upstream",
        b"env" | b"environment" => "stage",
        b"type" => "kind",
        _ => return None,
    })
}

/// Stops the compilation if metrics of these kinds must not have a label with this name.
///
/// # Panics
///
/// Panics with what is wrong and what to type, if anything is.
#[track_caller]
pub const fn check_label(label: &str, kinds: &[Kind], waived: Rules) {
    check_with_waiver(label, kinds, false, waived, ("`#[metrics(expect(", "))]` on the struct"));
}

/// Stops the compilation if a label with a declaration of its own, which can waive rules, must not
/// have this name.
#[track_caller]
pub(crate) const fn check_declared_label(label: &str, is_type: bool, waived: Rules) {
    check_with_waiver(label, &[], is_type, waived, ("`#[label(expect(", "))]` on the label"));
}

/// Stops the compilation if a label waives a rule that it does not break.
#[track_caller]
pub(crate) const fn check_label_waived(label: &str, waived: Rules) {
    let idle = waived.without(label_rules(label)).without(Rules::UTF8);
    // Errors that cannot be waived, and names that are not rules, are reported elsewhere.
    if waived.has_unknown() || label_error_with(label, None, waived).is_some() || idle.is_empty() {
        return;
    }
    let mut text = Message::new();
    super::explain::push_waives_nothing(&mut text, idle);
    text.push_all(&["the label `", label, "` does not break that\nhelp: remove it"]);
    panic!("{}", text.as_str());
}

/// Stops the compilation if metrics of this kind use the label themselves.
#[track_caller]
pub(crate) const fn check_reserved_label(label: &str, kind: Kind) {
    if let Some(error) = label_error(label, Some(kind))
        && matches!(error, LabelError::Le | LabelError::Quantile)
    {
        let mut text = Message::new();
        explain_error(&mut text, label, error);
        panic!("{}", text.as_str());
    }
}

#[track_caller]
const fn check_with_waiver(
    label: &str,
    kinds: &[Kind],
    is_type: bool,
    waived: Rules,
    waiver: (&str, &str),
) {
    let mut error = label_error_with(label, None, waived);
    let mut i = 0;
    while i < kinds.len() && error.is_none() {
        error = label_error_with(label, Some(kinds[i]), waived);
        i += 1;
    }
    if let Some(error) = error {
        let mut text = Message::new();
        explain_error(&mut text, label, error);
        if is_type {
            text.push(", by `#[label(name = \"…\")]`");
        }
        if let LabelError::Charset = error {
            text.push(", or allow such names with `utf8`");
        }
        panic!("{}", text.as_str());
    }
    if waived.has_unknown() {
        return;
    }
    let broken = label_rules(label).without(waived);
    let rule = if broken.contains(Rule::TargetLabel) {
        Rule::TargetLabel
    } else if broken.contains(Rule::SnakeCase) {
        Rule::SnakeCase
    } else {
        return;
    };
    let mut text = Message::new();
    explain_rule(&mut text, label, rule, is_type);
    text.push_all(&[
        "\nnote: to keep it as it is: ",
        waiver.0,
        rule.as_str(),
        ", reason = \"…\"",
        waiver.1,
    ]);
    panic!("{}", text.as_str());
}

/// Writes which rule a label breaks, and what to do. `is_type` is set if its name comes from a
/// type.
const fn explain_rule(text: &mut Message, label: &str, rule: Rule, is_type: bool) {
    if matches!(rule, Rule::TargetLabel)
        && let Some(other) = instead_of(label)
    {
        text.push_all(&["label `", label]);
        if equal(label, "type") {
            text.push("` does not tell what it distinguishes");
        } else {
            text.push("` clashes with a label that Prometheus attaches to the target");
        }
        text.push_all(&["\nhelp: call it `", other]);
        if is_type {
            text.push("`, by `#[label(name = \"");
            text.push(other);
            text.push("\")]");
        }
    } else {
        text.push_all(&["label `", label, "` has an uppercase letter\nhelp: call it `"]);
        super::suggest::push_snake_case(text, label);
    }
    text.push("`");
}

/// Returns the explanation of one of the [`label_rules`] that a label breaks at run time.
pub(crate) fn label_rule_problem(label: &str, rule: Rule) -> String {
    let mut text = Message::new();
    explain_rule(&mut text, label, rule, false);
    text.as_str().to_owned()
}

/// Returns the explanation of an error in the name of a label.
pub(crate) fn label_problem(label: &str, error: LabelError) -> String {
    let mut text = Message::new();
    explain_error(&mut text, label, error);
    text.as_str().to_owned()
}

/// Writes the explanation of an error in the name of a label.
pub(crate) const fn explain_error(text: &mut Message, label: &str, error: LabelError) {
    match error {
        LabelError::Empty => {
            text.push("a label has an empty name\nhelp: give it a name, such as `pool`")
        }
        LabelError::Nul => {
            text.push_all(&[
                "label `",
                label,
                "` has a null character, which no name may have\nhelp: remove it",
            ]);
        }
        LabelError::Charset => {
            text.push_all(&["label `", label]);
            let starts_with_digit = label.as_bytes()[0].is_ascii_digit();
            text.push(if starts_with_digit {
                "` starts with a digit"
            } else {
                "` has a character other than `a-z`, `A-Z`, `0-9` and `_`"
            });
            let mut better = Text::<256>::new();
            // Without its non-ASCII letters, a word is no longer the same.
            if label.is_ascii() {
                super::suggest::push_snake_case(&mut better, label);
            }
            if !better.is_empty() && label_error(better.as_str(), None).is_none() {
                text.push_all(&["\nhelp: write `", better.as_str(), "`"]);
            } else if starts_with_digit {
                text.push("\nhelp: start it with a letter");
            } else {
                text.push("\nhelp: use only those");
            }
        }
        LabelError::LeadingUnderscore => {
            text.push_all(&["label `", label, "` starts with `_`, which is reserved"]);
            let mut rest = label;
            while let [b'_' | b'.', ..] = rest.as_bytes() {
                rest = rest.split_at(1).1;
            }
            while let [.., b'_' | b'.'] = rest.as_bytes() {
                rest = rest.split_at(rest.len() - 1).0;
            }
            text.push_all(&["\nhelp: call it `", if rest.is_empty() { "kind" } else { rest }, "`"]);
        }
        LabelError::Le => text.push(
            "label `le` is reserved for histogram buckets\nhelp: rename it, for example to `limit`",
        ),
        LabelError::Quantile => text.push(
            "label `quantile` is reserved for summaries\nhelp: rename it, for example to `part`",
        ),
    }
}
