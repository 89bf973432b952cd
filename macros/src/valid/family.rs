//! What is wrong with the parameters of a family, or of calls, as far as their tokens show.
//!
//! The compiler finds all of it too, but at places and in words that help nobody.

use syn::{Expr, GenericArgument, PathArguments, PathSegment, Type};

use crate::ast::NUMBERS;
use crate::diagnostics::Diagnostics;
use crate::written::written;

const METRICS: &[&str] = &[
    "Counter",
    "Gauge",
    "Histogram",
    "InProgress",
    "NativeHistogram",
    "PeakGauge",
    "StateSet",
    "Unknown",
];
const VALUES: &[&str] = &[
    "String", "str", "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16",
    "i32", "i64", "i128", "isize", "f32", "f64", "Option", "Vec",
];

const UNITS: &[&str] = &[
    "Unitless", "Bytes", "Seconds", "Ratio", "Celsius", "Kelvin", "Meters", "Volts", "Amperes",
    "Joules", "Grams",
];

/// What other crates store metrics in, besides the numbers of the language.
const ATOMICS: &[&str] = &["AtomicU32", "AtomicU64", "AtomicI64", "AtomicF64"];

/// Whether a type is called as one of this crate's metrics is.
pub(super) fn is_metric(ty: &Type) -> bool {
    const OTHERS: &[&str] =
        &["Family", "Calls", "Info", "NativeHistogram", "Read", "Summary", "WithExemplars"];
    let is_known = |name: &str| METRICS.contains(&name) || OTHERS.contains(&name);
    name(ty).is_none_or(|name| is_known(&name))
}

/// Whether the compiler may miss something in the type, which it then says wherever that is written: a
/// lifetime, or a type of that name. No lifetime is written, and not all of it is this crate's.
pub(crate) fn may_lack_something(ty: &Type) -> bool {
    let is_unit = |argument: &GenericArgument| {
        matches!(argument, GenericArgument::Type(unit)
            if name(unit).is_some_and(|name| UNITS.contains(&name.as_str())))
    };
    let Some(segment) = last(ty) else { return false };
    match &segment.arguments {
        PathArguments::None => segment.ident == "Calls",
        PathArguments::AngleBracketed(arguments) => {
            !arguments.args.iter().all(is_unit) && !written(ty).contains('\'')
        }
        PathArguments::Parenthesized(_) => false,
    }
}

/// Whether something is wrong with the type, which is then reported.
pub(crate) fn report(ty: &Type, errors: &mut Diagnostics) -> bool {
    if let Some((labels, kinds)) = call_parameters(ty) {
        return report_calls(labels, kinds, errors);
    }
    let Some((labels, metric)) = parameters(ty) else {
        return report_number(ty, errors) || report_inner(ty, errors);
    };
    let is_metric = |ty: &Type| name(ty).is_some_and(|name| METRICS.contains(&name.as_str()));
    let (first, second) = (written(labels), written(metric));
    if is_metric(labels) && !is_metric(metric) {
        let help = format!("write `Family<{second}, {first}>`");
        errors.error(labels, "the labels of a family come first, and its metric second", &help);
        return true;
    }
    if let Some((inner, metric)) = parameters(metric) {
        let help = format!("write `Family<({first}, {}), {}>`", written(inner), written(metric));
        errors.error(ty, "a family cannot be the metric of a family", &help);
        return true;
    }
    if call_parameters(metric).is_some() || name(metric).is_some_and(|name| name == "Calls") {
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

/// Whether a function is given for a type that is read from none, or none for one that is.
pub(crate) fn report_read(ty: &Type, function: Option<&Expr>, errors: &mut Diagnostics) -> bool {
    let Some(segment) = last(ty) else { return false };
    let is_read = segment.ident == "Read";
    const FROM_FUNCTIONS: &[&str] = &["Counter", "Gauge", "Unknown"];
    let help = "write `Read<Counter>`, `Read<Gauge>` or `Read<Unknown>`, in a unit if it has one, or give what takes more by a `Collector`";
    match function {
        Some(_) if FROM_FUNCTIONS.contains(&segment.ident.to_string().as_str()) => {
            let problem = "what is updated is not read from a function";
            let written = written(ty);
            let help = format!("write `Read<{written}>`, or remove `read` and update it");
            errors.error(ty, problem, &help);
            true
        }
        Some(_) if is_read => {
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                return false;
            };
            let Some(GenericArgument::Type(metric)) = arguments.args.first() else { return false };
            let is_other = |name: String| !FROM_FUNCTIONS.contains(&name.as_str());
            if !is_metric(metric) || !name(metric).is_some_and(is_other) {
                return false;
            }
            let problem = format!("`{}` is not read from a function", written(metric));
            errors.error(metric, &problem, help);
            true
        }
        Some(_) if is_metric(ty) => {
            let problem = format!("`{}` is not read from a function", written(ty));
            errors.error(ty, &problem, help);
            true
        }
        None if is_read => {
            let problem = "it is not said what function this is read from";
            errors.error(ty, problem, "add `#[metric(read = path::to::function)]`");
            true
        }
        _ => false,
    }
}

/// Whether a metric is written with the number that it is to be stored in, as other crates have it.
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
    if !is_number || !METRICS.contains(&kind.as_str()) {
        return false;
    }
    let written = written(number);
    let problem = format!(
        "`{written}` is not a unit: a metric's type says what it counts in, and how it is stored follows"
    );
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

/// Whether the type in a kind that takes one cannot stand there.
fn report_inner(metric: &Type, errors: &mut Diagnostics) -> bool {
    report_states(metric, errors) || report_exemplars(metric, errors)
}

/// Whether exemplars are asked for of a metric that has none.
fn report_exemplars(metric: &Type, errors: &mut Diagnostics) -> bool {
    const HAVE_SOME: &[&str] = &["Counter", "Histogram", "NativeHistogram"];
    let Some(segment) = last(metric).filter(|segment| segment.ident == "WithExemplars") else {
        return false;
    };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return false };
    let Some(GenericArgument::Type(inner)) = arguments.args.first() else { return false };
    let is_other = |name: String| !HAVE_SOME.contains(&name.as_str());
    if !is_metric(inner) || !name(inner).is_some_and(is_other) {
        return false;
    }
    let problem = format!("`{}` has no exemplars", written(inner));
    let help = match parameters(inner) {
        Some((labels, inner)) => {
            format!("write `Family<{}, WithExemplars<{}>>`", written(labels), written(inner))
        }
        None => "write `WithExemplars<Counter>` or `WithExemplars<Histogram<Seconds>>`".to_owned(),
    };
    errors.error(inner, &problem, &help);
    true
}

/// Whether the states of a state set are what any value may come in.
fn report_states(metric: &Type, errors: &mut Diagnostics) -> bool {
    let Some(segment) = last(metric).filter(|segment| segment.ident == "StateSet") else {
        return false;
    };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return false };
    let Some(GenericArgument::Type(states)) = arguments.args.first() else { return false };
    let is_open = is_value(states) && name(states).is_none_or(|name| name != "bool");
    if is_open {
        let problem = format!("any value may come in a state that is a `{}`", written(states));
        let help = "write `StateSet<Mode>`, where `Mode` is an enum with `#[derive(LabelValue)]`";
        errors.error(states, &problem, help);
    }
    is_open
}

/// The same for the calls of functions.
fn report_calls(labels: Option<&Type>, kinds: Option<&Type>, errors: &mut Diagnostics) -> bool {
    let Some(labels) = labels else { return false };
    if name(labels).is_some_and(|name| METRICS.contains(&name.as_str())) {
        let problem = format!("`{}` is not a set of labels", written(labels));
        errors.error(labels, &problem, "write `Calls<Labels>`, which is three families already");
        return true;
    }
    if matches!(labels, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        let problem = "`()` is not a set of labels";
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

/// Whether something is wrong with labels, which is then reported; `fixed` is the type with others.
fn report_labels(labels: &Type, fixed: &dyn Fn(&str) -> String, errors: &mut Diagnostics) -> bool {
    let members: Vec<&Type> = match labels {
        Type::Tuple(tuple) if !tuple.elems.is_empty() => tuple.elems.iter().collect(),
        one => vec![one],
    };
    if let Some(label) = members.into_iter().find(|ty| is_value(ty)) {
        let problem = format!("`{}` is not a set of labels", written(label));
        let help = match label {
            Type::Reference(reference) if !is_value(&reference.elem) => {
                let labels = written(&reference.elem);
                format!("write `{labels}`, whose fields may be what is borrowed")
            }
            _ => "a label has a name: make it the field of a struct with `#[derive(LabelSet)]`, and write that struct here".to_owned(),
        };
        errors.error(label, &problem, &help);
        return true;
    }
    let text = written(labels);
    if text.contains("'_") {
        let problem = "the labels of a family are declared without a lifetime of their own";
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

/// What is between the brackets of a type that is written as calls: the labels, and the kinds of
/// errors.
fn call_parameters(ty: &Type) -> Option<(Option<&Type>, Option<&Type>)> {
    let segment = last(ty).filter(|segment| segment.ident == "Calls")?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Some((None, None));
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some((types.next(), types.next()))
}

/// What is between the brackets of a type that is written as a family.
fn parameters(ty: &Type) -> Option<(&Type, &Type)> {
    let segment = last(ty)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let mut arguments = arguments.args.iter();
    match (segment.ident == "Family", arguments.next(), arguments.next(), arguments.next()) {
        (true, Some(GenericArgument::Type(labels)), Some(GenericArgument::Type(metric)), None) => {
            Some((labels, metric))
        }
        _ => None,
    }
}

/// Whether a type is surely neither a metric nor a set of labels.
fn is_value(ty: &Type) -> bool {
    match ty {
        Type::Path(_) => name(ty).is_some_and(|name| VALUES.contains(&name.as_str())),
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Reference(_) | Type::Array(_) => true,
        _ => false,
    }
}

fn name(ty: &Type) -> Option<String> {
    Some(last(ty)?.ident.to_string())
}

fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}
