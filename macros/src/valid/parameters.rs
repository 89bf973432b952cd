//! Checks of the type parameters of a family or of calls, as far as tokens show mistakes.
//!
//! The compiler finds all of them too, but its errors do not help as much.

use syn::{Expr, GenericArgument, PathArguments, Type};

use crate::ast::kinds::{
    call_parameters, family_parameters, first_argument, is_calls, is_metric, is_value, last,
    may_be_metric, name,
};
use crate::ast::types::NUMBERS;
use crate::diagnostics::Diagnostics;
use crate::written::written;

/// Reports a mistake in the type of a metric. Returns whether there is one.
pub(super) fn report(ty: &Type, errors: &mut Diagnostics) -> bool {
    if let Some((labels, kinds)) = call_parameters(ty) {
        return report_calls(labels, kinds, errors);
    }
    let Some((labels, metric)) = family_parameters(ty) else {
        return report_number(ty, errors) || report_inner(ty, errors);
    };
    let (first, second) = (written(labels), written(metric));
    if is_metric(labels) && !is_metric(metric) {
        let help = format!("write `Family<{second}, {first}>`");
        errors.error(labels, "the labels of a family come first, and its metric second", &help);
        return true;
    }
    if let Some((inner, metric)) = family_parameters(metric) {
        let help = format!("write `Family<({first}, {}), {}>`", written(inner), written(metric));
        errors.error(ty, "a family cannot be the metric of a family", &help);
        return true;
    }
    if is_calls(metric) {
        let problem = "calls have labels of their own, and cannot be the metric of a family";
        errors.error(metric, problem, &format!("write `Calls<{first}>`"));
        return true;
    }
    if report_number(metric, errors) || report_inner(metric, errors) {
        return true;
    }
    if is_value(metric) || matches!(metric, Type::Tuple(_)) {
        let help =
            format!("write `Family<{first}, Counter>`, or `Gauge`, `Histogram` or `InProgress`");
        errors.error(metric, &format!("`{second}` cannot be the metric of a family"), &help);
        return true;
    }
    report_labels(labels, &|labels| format!("Family<{labels}, {second}>"), errors)
}

/// Reports a function for a type that is not read from one, or the lack of it. Returns whether
/// there is such a mistake.
pub(super) fn report_read(ty: &Type, function: Option<&Expr>, errors: &mut Diagnostics) -> bool {
    let Some(segment) = last(ty) else { return false };
    let is_read = segment.ident == "Read";
    const FROM_FUNCTIONS: &[&str] = &["Counter", "Gauge", "Unknown"];
    let help = "write `Read<Counter>`, `Read<Gauge>` or `Read<Unknown>`, with a unit if there is one; for other kinds implement `Collector`";
    match function {
        Some(_) if FROM_FUNCTIONS.contains(&segment.ident.to_string().as_str()) => {
            let written = written(ty);
            let problem = format!("`{written}` is updated, not read from a function");
            let help = format!("write `Read<{written}>`, or remove `read` and update it");
            errors.error(ty, &problem, &help);
            true
        }
        Some(_) if is_read => {
            let Some(metric) = first_argument(segment) else { return false };
            let is_other = |name: String| !FROM_FUNCTIONS.contains(&name.as_str());
            if !may_be_metric(metric) || !name(metric).is_some_and(is_other) {
                return false;
            }
            let problem = format!("`{}` is not read from a function", written(metric));
            errors.error(metric, &problem, help);
            true
        }
        Some(_) if may_be_metric(ty) => {
            let problem = format!("`{}` is not read from a function", written(ty));
            errors.error(ty, &problem, help);
            true
        }
        None if is_read => {
            let problem = "the function that this metric is read from is missing";
            errors.error(ty, problem, "add `#[metric(read = path::to::function)]`");
            true
        }
        _ => false,
    }
}

/// What other crates store metrics in, besides the numbers of the language.
const ATOMICS: &[&str] = &["AtomicU32", "AtomicU64", "AtomicI64", "AtomicF64"];

/// Reports a number in the place of a unit, as other crates have it. Returns whether there is one.
fn report_number(metric: &Type, errors: &mut Diagnostics) -> bool {
    let Some(segment) = last(metric) else { return false };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return false };
    let mut arguments = arguments.args.iter();
    let (Some(GenericArgument::Type(number)), None) = (arguments.next(), arguments.next()) else {
        return false;
    };
    let is_number = name(number)
        .is_some_and(|name| NUMBERS.contains(&name.as_str()) || ATOMICS.contains(&name.as_str()));
    let kind = segment.ident.to_string();
    if !is_number || !is_metric(metric) {
        return false;
    }
    let written = written(number);
    let problem =
        format!("`{written}` is not a unit: a metric's type names its unit, not how it is stored");
    let help = match kind.as_str() {
        "Histogram" => {
            "write `Histogram<Seconds>`, or another unit of `measurand::unit`".to_owned()
        }
        "InProgress" => "write `InProgress`".to_owned(),
        kind => format!("write `{kind}`, or `{kind}<Bytes>` with a unit of `measurand::unit`"),
    };
    errors.error(number, &problem, &help);
    true
}

/// Reports a wrong type parameter of a kind. Returns whether there is one.
fn report_inner(metric: &Type, errors: &mut Diagnostics) -> bool {
    report_states(metric, errors) || report_exemplars(metric, errors)
}

/// Reports exemplars for a kind that has none. Returns whether there are such.
fn report_exemplars(metric: &Type, errors: &mut Diagnostics) -> bool {
    const HAVE_SOME: &[&str] = &["Counter", "Histogram", "NativeHistogram"];
    let Some(segment) = last(metric).filter(|segment| segment.ident == "WithExemplars") else {
        return false;
    };
    let Some(inner) = first_argument(segment) else { return false };
    let is_other = |name: String| !HAVE_SOME.contains(&name.as_str());
    if !may_be_metric(inner) || !name(inner).is_some_and(is_other) {
        return false;
    }
    let problem = format!("`{}` has no exemplars", written(inner));
    let help = match family_parameters(inner) {
        Some((labels, inner)) => {
            format!("write `Family<{}, WithExemplars<{}>>`", written(labels), written(inner))
        }
        None => "write `WithExemplars<Counter>` or `WithExemplars<Histogram<Seconds>>`".to_owned(),
    };
    errors.error(inner, &problem, &help);
    true
}

/// Reports a state set whose states may have any value. Returns whether it is one.
fn report_states(metric: &Type, errors: &mut Diagnostics) -> bool {
    let Some(segment) = last(metric).filter(|segment| segment.ident == "StateSet") else {
        return false;
    };
    let Some(states) = first_argument(segment) else { return false };
    let is_open = is_value(states) && name(states).is_none_or(|name| name != "bool");
    if is_open {
        let problem = format!(
            "a `StateSet` needs a known set of states, and a `{}` may have any value",
            written(states)
        );
        let help = "write `StateSet<Mode>`, where `Mode` is an enum with `#[derive(LabelValue)]`";
        errors.error(states, &problem, help);
    }
    is_open
}

/// Reports a mistake in the labels or the kinds of errors of calls. Returns whether there is one.
fn report_calls(labels: Option<&Type>, kinds: Option<&Type>, errors: &mut Diagnostics) -> bool {
    let Some(labels) = labels else { return false };
    if is_metric(labels) {
        let problem = format!("`{}` is not a label set", written(labels));
        errors.error(labels, &problem, "write `Calls<Labels>`, which is three families");
        return true;
    }
    if matches!(labels, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        let problem = "`()` is not a label set";
        errors.error(labels, problem, "write `Calls`, or `measurand::calls::NoLabels` here");
        return true;
    }
    if let Some(kinds) = kinds.filter(|kinds| is_value(kinds) || matches!(kinds, Type::Tuple(_))) {
        let problem = format!("`{}` is not a kind of error", written(kinds));
        let help = "the kinds of errors are an enum with `#[derive(LabelValue)]`, which `error = …` makes of an error";
        errors.error(kinds, &problem, help);
        return true;
    }
    let kinds = kinds.map_or_else(String::new, |kinds| format!(", {}", written(kinds)));
    report_labels(labels, &|labels| format!("Calls<{labels}{kinds}>"), errors)
}

/// Reports a mistake in labels; `fixed` writes the type with other labels. Returns whether there is
/// one.
fn report_labels(labels: &Type, fixed: &dyn Fn(&str) -> String, errors: &mut Diagnostics) -> bool {
    let members: Vec<&Type> = match labels {
        Type::Tuple(tuple) if !tuple.elems.is_empty() => tuple.elems.iter().collect(),
        one => vec![one],
    };
    if let Some(label) = members.into_iter().find(|ty| is_value(ty)) {
        let problem = format!("`{}` is not a label set", written(label));
        let help = match label {
            Type::Reference(reference) if !is_value(&reference.elem) => {
                let labels = written(&reference.elem);
                format!("write `{labels}`, whose fields may be references")
            }
            _ => "a label has a name: make it the field of a struct with `#[derive(LabelSet)]`, and write that struct here".to_owned(),
        };
        errors.error(label, &problem, &help);
        return true;
    }
    let text = written(labels);
    if text.contains("'_") {
        let problem = "the labels of a family cannot have an anonymous lifetime";
        let fixed = fixed(&text.replace("'_", "'static"));
        errors.error(
            labels,
            problem,
            &format!("write `{fixed}`, which takes labels of any lifetime"),
        );
        return true;
    }
    false
}
