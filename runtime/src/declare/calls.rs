//! Fields of type `Calls`, which declare three families.

use std::marker::PhantomData;

use super::checks::{check, subject};
use super::{Field, FieldFacts, MAX_NAME, Options, Scope, join};
use crate::calls::{CallCounts, CallDurations, CallsMetric, CallsRunning, MAX_KINDS};
use crate::kind::Kind;
use crate::labels::{LabelSet, check_tuple};
use crate::metric::Make;
use crate::naming::{self, Message, Rules, Text, equal};
use crate::read::Collect;

/// A declared field of type `Calls`.
pub trait CallsField: Sized + 'static {
    /// The type of the field.
    type Calls: CallsMetric;
    /// The scope of the field.
    type Scope: Scope;
    /// The start of the names of its families, without the prefix of the scope.
    const NAME: &'static str;
    /// The help texts of the calls, of their durations, and of those in progress.
    const HELP: [&'static str; 3];
    /// All other options. `buckets` applies to the durations.
    const OPTIONS: Options = Options::NONE;

    /// The field, at zero.
    const NEW: Self::Calls =
        <<Self::Calls as CallsMetric>::Maker<DurationsOf<Self>> as Make<Self::Calls>>::NEW;
}

type LabelsOf<F> = <<F as CallsField>::Calls as CallsMetric>::Labels;
type ErrorsOf<F> = <<F as CallsField>::Calls as CallsMetric>::Errors;

macro_rules! families {
    ($($(#[$meta:meta])* $family:ident: $metric:ident, $suffix:literal, $help:literal, $buckets:expr;)*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $family<F>(PhantomData<F>);

        impl<F: CallsField> $family<F> {
            const OWN_NAME: Text<MAX_NAME> = join(&[F::NAME, $suffix]);
        }

        impl<F: CallsField> Field for $family<F> {
            type Metric = $metric<LabelsOf<F>, ErrorsOf<F>>;
            type Scope = F::Scope;
            const FACTS: FieldFacts = FieldFacts {
                name: Self::OWN_NAME.as_str(),
                full_name: None,
                words: &[],
                help: F::HELP[$help],
                options: Options { buckets: $buckets, ..F::OPTIONS },
            };
        }
    )*};
}

families! {
    /// The family of calls that have ended.
    CountsOf: CallCounts, "_calls_total", 0, None;
    /// The family of durations.
    DurationsOf: CallDurations, "_duration_seconds", 1, F::OPTIONS.buckets;
    /// The family of calls in progress.
    RunningOf: CallsRunning, "_in_progress", 2, None;
}

/// Returns the family of calls that have ended.
pub fn counts<F: CallsField>(calls: &F::Calls) -> Option<&dyn Collect> {
    Some(calls.counts())
}

/// Returns the family of durations.
pub fn durations<F: CallsField>(calls: &F::Calls) -> Option<&dyn Collect> {
    Some(calls.durations())
}

/// Returns the family of calls in progress.
pub fn running<F: CallsField>(calls: &F::Calls) -> Option<&dyn Collect> {
    Some(calls.running())
}

/// The ends of the families' names, and parts of them, which a field's name must not repeat.
const REPEATED: [&str; 9] = [
    "_calls_total",
    "_duration_seconds",
    "_in_progress",
    "_calls",
    "_call",
    "_total",
    "_duration",
    "_seconds",
    "_bytes",
];

/// Stops the compilation if one of the three families breaks a rule.
#[track_caller]
pub const fn check_calls<F: CallsField>() {
    let prefix = <F::Scope as Scope>::PREFIX;
    let name = F::NAME;
    let mut i = 0;
    while i < REPEATED.len() {
        let (_, word) = REPEATED[i].split_at(1);
        let better = naming::strip_suffix(name, REPEATED[i]);
        if better.is_some() || equal(name, word) {
            let mut text = Message::new();
            text.push_all(&[
                "the families of `",
                name,
                "` are `",
                name,
                "_calls_total`, `",
                name,
                "_duration_seconds` and `",
                name,
                "_in_progress`, so its name needs no `",
                word,
                "`\nhelp: ",
            ]);
            match better {
                Some(better) => {
                    text.push_all(&["rename it to `", better, "`"]);
                }
                None => text.push("name it after what is called"),
            }
            panic!("{}", text.as_str());
        }
        i += 1;
    }
    if let [.., b'_'] | [b'_', ..] = name.as_bytes() {
        let mut text = Message::new();
        text.push_all(&[
            "`",
            name,
            "` starts or ends with a `_`, which is added where needed\nhelp: remove it",
        ]);
        panic!("{}", text.as_str());
    }
    let own = join(&[name, "_"]);
    let waived = F::OPTIONS.waived.or(<F::Scope as Scope>::LEGACY);
    let kinds = [Kind::Counter, Kind::Histogram, Kind::Gauge];
    naming::check_prefix_of("field", prefix, own.as_str(), &kinds, waived);
    check_own_labels::<F>();
    check::<CountsOf<F>>();
    check::<DurationsOf<F>>();
    check::<RunningOf<F>>();
}

/// Stops the compilation if a label has a name that calls use themselves.
#[track_caller]
const fn check_own_labels<F: CallsField>() {
    let (labels, errors) = (<LabelsOf<F>>::LABELS, <ErrorsOf<F>>::LABELS);
    check_tuple(&labels);
    if labels.has("outcome") || errors.has("outcome") {
        panic!(
            "label `outcome` is reserved for how calls ended\nhelp: rename the other one: `#[label(rename = \"…\")]` on its field, `#[label(name = \"…\")]` on its type"
        );
    }
    match errors.as_slice() {
        [] => {}
        [kind] if !kind.values.is_closed() => {
            let mut text = Message::new();
            text.push_all(&["any value may come in label `", kind.name, "`, and the kinds of errors are few and known\nhelp: make it an enum with `#[derive(LabelValue)]`"]);
            panic!("{}", text.as_str());
        }
        [kind] if kind.values.count() > MAX_KINDS => {
            let mut text = Message::new();
            text.push_all(&["label `", kind.name, "` has "]);
            text.push_number(kind.values.count());
            text.push(" values, and there can be at most ");
            text.push_number(MAX_KINDS);
            text.push(" kinds of errors\nhelp: merge some of them");
            panic!("{}", text.as_str());
        }
        [kind] if labels.has(kind.name) => {
            let mut text = Message::new();
            text.push_all(&["label `", kind.name, "` is both a label of the calls and the kind of their errors\nhelp: rename one of them: `#[label(name = \"…\")]` on its type"]);
            panic!("{}", text.as_str());
        }
        [_] => {}
        _ => panic!(
            "the kinds of errors must be a single label\nhelp: make them one enum with `#[derive(LabelValue)]`, and move anything else to the labels of the calls"
        ),
    }
}

/// Stops the compilation if a waived rule is broken by none of the three families.
#[track_caller]
pub const fn check_calls_waived<F: CallsField>() {
    let mut waived = F::OPTIONS.waived;
    if <DurationsOf<F> as Field>::CHECKED.buckets().len() > naming::MAX_USUAL_BUCKETS {
        waived = waived.without(Rules::of(&[naming::Rule::BucketCount]));
    }
    naming::check_waived_of(
        &[
            &subject(<CountsOf<F> as Field>::CHECKED),
            &subject(<DurationsOf<F> as Field>::CHECKED),
            &subject(<RunningOf<F> as Field>::CHECKED),
        ],
        &<F::Scope as Scope>::BEFORE,
        waived,
        <F::Scope as Scope>::DENIED,
        F::Scope::IS_GROUP,
    );
}
