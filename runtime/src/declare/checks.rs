//! Checks of a declared metric, and of all declarations of a struct.

use super::labels::{check_double_labels, check_labels};
use super::{Field, Origin, Scope, full_name, scale};
use crate::descriptor::Descriptor;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::naming::{self, Message, NameKind, Rule, Rules, Subject, equal, is_classic};
use crate::read::Declarations;
use crate::unit::Unit;

pub(super) const fn subject(descriptor: &'static Descriptor) -> Subject<'static> {
    Subject {
        name: descriptor.name(),
        kind: descriptor.kind,
        unit: descriptor.type_unit,
        labels: descriptor.label_names.declared(),
    }
}

/// Stops the compilation if the metric breaks a rule.
#[track_caller]
pub const fn check<F: Field>() {
    if !F::IS_PLAIN {
        check_name::<F>();
    }
    if !<F::Metric as Metric>::LABEL_LIST.is_empty() {
        check_labels::<F>();
    }
    if let (Kind::Histogram, None, false) =
        (<F::Metric as Metric>::KIND, F::FACTS.options.buckets, <F::Metric as Metric>::IS_NATIVE)
    {
        check_default_buckets::<F>();
    }
}

/// Checks the name. A function of its own, since a function evaluates every constant that it names.
#[track_caller]
const fn check_name<F: Field>() {
    let descriptor = F::CHECKED;
    let before = &<F::Scope as Scope>::BEFORE;
    let denied = <F::Scope as Scope>::DENIED;
    let subject = subject(descriptor);
    if let Some(problem) = naming::problem(&subject, before, descriptor.waived, denied) {
        naming::refuse(&subject, <F::Scope as Scope>::PREFIX, problem);
    }
}

#[track_caller]
const fn check_default_buckets<F: Field>() {
    let unit = <<F::Metric as Metric>::Unit as Unit>::NAME;
    if !equal(unit, "seconds") {
        refuse_without_buckets(full_name::<F>(), unit);
    }
}

#[track_caller]
const fn refuse_without_buckets(name: &str, unit: &str) -> ! {
    let mut text = Message::new();
    text.push_all(&[
        "histogram `",
        name,
        "` has no buckets, and only seconds have default ones\nhelp: add `#[metric(buckets = ",
        if equal(unit, "ratio") { "linear(0.1, 0.1, 10)" } else { "exponential(1, 4, 10)" },
    ]);
    text.push(")]`, for values from the first to the last bound");
    panic!("{}", text.as_str());
}

/// Stops the compilation if the metric waives a rule that it does not break.
#[track_caller]
pub const fn check_waived<F: Field>() {
    let descriptor = F::CHECKED;
    let mut waived = F::FACTS.options.waived;
    if descriptor.buckets().len() > naming::MAX_USUAL_BUCKETS {
        waived = waived.without(Rules::of(&[Rule::BucketCount]));
    }
    naming::check_waived(
        &subject(descriptor),
        &<F::Scope as Scope>::BEFORE,
        waived,
        <F::Scope as Scope>::DENIED,
        F::Scope::IS_GROUP,
    );
}

/// Stops the compilation if a part of the struct's prefix is refused. `option` is its option, and
/// `before` the prefix before it.
#[track_caller]
pub const fn check_scope_prefix(
    option: &str,
    before: &str,
    part: &str,
    declarations: &'static Declarations,
    waived: Rules,
) {
    let mut kinds = [Kind::Unknown; 8];
    let mut i = 0;
    while let Some(descriptor) = declarations.get(i) {
        kinds[descriptor.kind as usize] = descriptor.kind;
        i += 1;
    }
    naming::check_prefix_of(option, before, part, &kinds, waived);
}

/// The rules about names, all of which `legacy` waives for a struct.
pub const LEGACY: Rules = Rules::of(Rule::ALL).without(Rules::of(&[
    Rule::Namespace,
    Rule::BucketCount,
    Rule::LabelCount,
]));

/// Stops the compilation if `legacy` waives rules for a struct none of whose names breaks one.
#[track_caller]
pub const fn check_legacy(labels: &[&str], declarations: &'static Declarations) {
    let mut i = 0;
    while i < labels.len() {
        if !naming::label_rules(labels[i]).is_empty() {
            return;
        }
        i += 1;
    }
    let mut i = 0;
    while let Some(descriptor) = declarations.get(i) {
        if !naming::broken_rules(&subject(descriptor)).and(LEGACY).is_empty() {
            return;
        }
        i += 1;
    }
    panic!("`legacy` waives nothing: no name of the struct breaks a rule\nhelp: remove it");
}

/// Stops the compilation if a metric is marked `utf8` although its name needs no UTF-8 support.
#[track_caller]
pub const fn check_utf8<F: Field>() {
    naming::check_utf8(F::CHECKED.name(), NameKind::Metric);
}

/// Stops the compilation if a struct is marked `utf8` although none of its names, nor its prefix,
/// needs UTF-8 support.
#[track_caller]
pub const fn check_struct_utf8(prefix: &str, declarations: &'static Declarations) {
    let mut i = 0;
    while let Some(descriptor) = declarations.get(i) {
        if !is_classic(descriptor.name(), NameKind::Metric) {
            return;
        }
        i += 1;
    }
    if prefix.is_empty() || is_classic(prefix, NameKind::Metric) {
        panic!(
            "`utf8` is not needed: all names of the struct are valid without it\nhelp: remove it"
        );
    }
}

/// Stops the compilation if a label of the struct must not have this name on one of its metrics.
#[track_caller]
pub const fn check_label(label: &str, declarations: &'static Declarations, waived: Rules) {
    let mut i = 0;
    naming::check_label(label, &[], waived);
    while let Some(descriptor) = declarations.get(i) {
        naming::check_label(label, &[descriptor.kind], waived);
        i += 1;
    }
}

/// Stops the compilation if the metric cannot have its buckets.
#[track_caller]
pub const fn check_buckets<F: Field>() {
    let descriptor = F::CHECKED;
    if !matches!(descriptor.kind, Kind::Histogram) {
        panic!(
            "only a histogram has buckets\nhelp: remove `buckets`, or make the field a `Histogram`"
        );
    }
    let Some(buckets) = F::FACTS.options.buckets else { return };
    if let Some(problem) = buckets.origin.problem() {
        panic!("{}", problem);
    }
    let is_written = matches!(buckets.origin, Origin::Written);
    naming::check_buckets(descriptor.buckets(), scale::<F>(), is_written, F::FACTS.options.waived);
}

/// Stops the compilation if the metric has no native buckets.
#[track_caller]
pub const fn check_native<F: Field>() {
    if !<F::Metric as Metric>::IS_NATIVE {
        panic!(
            "only a native histogram has native buckets\nhelp: remove `native`, or make the field a `NativeHistogram`"
        );
    }
}

/// Stops the compilation if an option of native buckets is refused.
#[track_caller]
pub const fn check_native_option<F: Field>(option: &str) {
    if let Some(native) = F::FACTS.options.native
        && let Some(problem) = native.problem_of(option)
    {
        panic!("{}", problem);
    }
}

/// Stops the compilation if a flattened group breaks a rule under its full names that it does not
/// break by itself.
#[track_caller]
pub const fn check_group<S: Scope>(group: &'static Declarations) {
    let mut i = 0;
    while let Some(descriptor) = group.get(i) {
        naming::check_flattened(&subject(descriptor), &S::BEFORE, descriptor.waived, S::DENIED);
        check_double_labels(descriptor);
        i += 1;
    }
}

/// Stops the compilation if two metrics of a struct have the same name.
#[track_caller]
pub const fn check_clashes(declarations: &'static Declarations) {
    let mut i = 0;
    while let Some(a) = declarations.get(i) {
        let mut j = 0;
        while j < i {
            if let Some(b) = declarations.get(j) {
                let (a_name, b_name) = (a.name(), b.name());
                let is_clash = if a.needs_escaping || b.needs_escaping {
                    naming::clash_escaped(a_name, a.kind, b_name, b.kind)
                } else {
                    naming::clash_classic(a_name, a.kind, b_name, b.kind)
                };
                if is_clash {
                    refuse_clash(a_name, b_name, !declarations.groups.is_empty());
                }
            }
            j += 1;
        }
        i += 1;
    }
}

#[track_caller]
const fn refuse_clash(a_name: &str, b_name: &str, has_groups: bool) -> ! {
    let mut text = Message::new();
    text.push_all(&["metric `", a_name]);
    if equal(a_name, b_name) {
        text.push("` is defined twice in this struct");
    } else {
        text.push_all(&["` has a name in common with `", b_name, "` of this struct"]);
    }
    text.push("\nhelp: rename one");
    if has_groups {
        text.push(", or flatten a group with `#[metric(flatten(prefix = \"…\"))]`");
    }
    panic!("{}", text.as_str());
}
