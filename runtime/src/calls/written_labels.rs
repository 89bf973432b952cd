//! Checks of the labels in an attribute against those of the field.

use super::views::CallCounts;
use crate::labels::{LabelSet, Naming};
use crate::naming::{Message, Text, equal};

/// The names of labels that are written one by one.
#[doc(hidden)]
pub trait WrittenNames {
    /// The names, in order.
    const NAMES: &'static [&'static str];
}

/// How labels are written.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum WrittenLabels {
    /// Not at all.
    None,
    /// As one value.
    Whole,
    /// One by one, with these names.
    Named(&'static [&'static str]),
}

/// Stops the compilation if the labels are not those of the calls.
///
/// The calls are the result of a closure that is never called, so that they can be any expression
/// with a type: a static, or a target of a dereference.
#[track_caller]
pub const fn check_call_labels<L, E, F>(_: &F, labels: WrittenLabels)
where
    L: LabelSet + 'static,
    E: 'static,
    F: Fn() -> &'static CallCounts<L, E>,
{
    check_call_labels_of::<L>(labels);
}

#[track_caller]
pub(super) const fn check_call_labels_of<L: LabelSet>(written: WrittenLabels) {
    let mut names = Text::<1024>::new();
    let mut form = Text::<1024>::new();
    let known = push_names::<L>(&mut names, &mut form);
    let mut text = Message::new();
    match written {
        WrittenLabels::Whole => return,
        WrittenLabels::None | WrittenLabels::Named(&[]) if L::LABELS.is_empty() => return,
        _ if L::LABELS.is_empty() => {
            text.push("these calls have no labels\nhelp: remove `labels(…)`, or give the field's type some: `Calls<Labels>`");
        }
        WrittenLabels::None => {
            text.push_all(&[
                "these calls have labels: ",
                names.as_str(),
                "\nhelp: add ",
                form.as_str(),
            ]);
        }
        WrittenLabels::Named(_) if !known => {
            text.push_all(&[
                "these labels cannot be written one by one\nhelp: write ",
                form.as_str(),
            ]);
        }
        WrittenLabels::Named(written) => {
            if is_same::<L>(written) {
                return;
            }
            text.push_all(&[
                "the labels of these calls are ",
                names.as_str(),
                ", in this order\nhelp: write ",
                form.as_str(),
            ]);
        }
    }
    panic!("{}", text.as_str());
}

/// Returns the name of the label at `index`, as it is written.
const fn name_at<L: LabelSet>(index: usize) -> Option<&'static str> {
    match L::NAMING {
        Naming::ByField(fields) if index < fields.len() => Some(fields[index]),
        Naming::ByLabel | Naming::Whole if index < L::LABELS.len() => Some(L::LABELS.name(index)),
        _ => None,
    }
}

const fn is_same<L: LabelSet>(written: &[&str]) -> bool {
    let mut i = 0;
    while let Some(name) = name_at::<L>(i) {
        if i >= written.len() || !equal(name, written[i]) {
            return false;
        }
        i += 1;
    }
    i == written.len()
}

/// Writes the names of the labels, and what to type. Returns `false` if they can only be written as
/// one value.
const fn push_names<L: LabelSet>(names: &mut Text<1024>, form: &mut Text<1024>) -> bool {
    let is_whole = matches!(L::NAMING, Naming::Whole);
    form.push("`labels(");
    let mut i = 0;
    while let Some(name) = name_at::<L>(i) {
        if i > 0 {
            names.push(", ");
            form.push(if is_whole { "" } else { ", " });
        }
        names.push_all(&["`", name, "`"]);
        if !is_whole {
            form.push_all(&[name, " = …"]);
        }
        i += 1;
    }
    form.push(if is_whole { "…)`, with one value of the type of the labels" } else { ")`" });
    !is_whole
}
