//! The kinds of metrics, as far as the tokens of a type show.

use syn::{GenericArgument, PathArguments, PathSegment, Type};

use super::types::NUMBERS;
use crate::written::written;

/// The kinds that a family may be of.
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

/// The other types of this crate that a field may have.
const OTHERS: &[&str] =
    &["Family", "Calls", "Info", "NativeHistogram", "Read", "Summary", "WithExemplars"];

const UNITS: &[&str] = &[
    "Unitless", "Bytes", "Seconds", "Ratio", "Celsius", "Kelvin", "Meters", "Volts", "Amperes",
    "Joules", "Grams",
];

/// Returns the last name of a type's path.
pub(crate) fn name(ty: &Type) -> Option<String> {
    Some(last(ty)?.ident.to_string())
}

/// Returns the last segment of a type's path.
pub(crate) fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last(&group.elem),
        _ => None,
    }
}

/// Returns the first type argument of a segment.
pub(crate) fn first_argument(segment: &PathSegment) -> Option<&Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(ty)) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Returns whether a type is written as `Calls`.
pub(crate) fn is_calls(ty: &Type) -> bool {
    last(ty).is_some_and(|segment| segment.ident == "Calls")
}

/// Returns whether a type is written as `Family`.
pub(crate) fn is_family(ty: &Type) -> bool {
    last(ty).is_some_and(|segment| segment.ident == "Family")
}

/// Returns whether a type has the name of a kind that a family may be of.
pub(crate) fn is_metric(ty: &Type) -> bool {
    name(ty).is_some_and(|name| METRICS.contains(&name.as_str()))
}

/// Returns whether a type may be one of this crate's metrics, by its name.
pub(crate) fn may_be_metric(ty: &Type) -> bool {
    let is_known = |name: &str| METRICS.contains(&name) || OTHERS.contains(&name);
    name(ty).is_none_or(|name| is_known(&name))
}

/// Returns whether a type is surely neither a metric nor a label set.
pub(crate) fn is_value(ty: &Type) -> bool {
    const VALUES: &[&str] = &["String", "str", "bool", "char", "Option", "Vec"];
    let is_value = |name: &str| VALUES.contains(&name) || NUMBERS.contains(&name);
    match ty {
        Type::Path(_) | Type::Group(_) => name(ty).is_some_and(|name| is_value(&name)),
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Reference(_) | Type::Array(_) => true,
        _ => false,
    }
}

/// Returns whether the compiler may report something missing wherever the type is written: a
/// lifetime, or a type of that name. So it is if no lifetime is written and not all of the type is
/// this crate's.
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

/// Returns the labels and the kinds of errors of a type that is written as `Calls`.
pub(crate) fn call_parameters(ty: &Type) -> Option<(Option<&Type>, Option<&Type>)> {
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

/// Returns the labels and the metric of a type that is written as `Family`.
pub(crate) fn family_parameters(ty: &Type) -> Option<(&Type, &Type)> {
    let segment = last(ty).filter(|segment| segment.ident == "Family")?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let mut arguments = arguments.args.iter();
    match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(GenericArgument::Type(labels)), Some(GenericArgument::Type(metric)), None) => {
            Some((labels, metric))
        }
        _ => None,
    }
}
