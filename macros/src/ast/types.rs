//! What the tokens of a type show of its values.

use syn::{GenericArgument, PathArguments, Type, TypeParamBound};

/// The numbers of the language.
pub(crate) const NUMBERS: &[&str] = &[
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64",
];

/// Types of the language that are no numbers.
const PLAIN: &[&str] = &["bool", "char", "str"];

/// Whether no value of this type can be an error: by the rule that a trait is implemented
/// where it or the type is declared.
pub(super) fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Paren(inner) => is_plain(&inner.elem),
        Type::Array(_) | Type::FnPtr(_) | Type::Ptr(_) | Type::Slice(_) => true,
        Type::ImplTrait(bounds) => !bounds.bounds.iter().any(is_response),
        Type::Tuple(tuple) => !tuple.elems.iter().any(is_status),
        Type::Reference(reference) => is_plain(&reference.elem),
        Type::Path(path) => path.path.get_ident().is_some_and(|name| {
            let name = name.to_string();
            PLAIN.contains(&name.as_str()) || NUMBERS.contains(&name.as_str())
        }),
        _ => false,
    }
}

/// Whether a type with this bound may be a response.
fn is_response(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    let last = bound.path.segments.last();
    last.is_some_and(|last| last.ident == "Responder" || last.ident == "IntoResponse")
}

/// Whether it is written as the status of a response.
fn is_status(ty: &Type) -> bool {
    last_name(ty).is_some_and(|name| name == "StatusCode")
}

/// Whether a value of this type in a `Result` or an `Option` cannot be an error.
pub(super) fn is_never_an_error(ty: &Type) -> bool {
    is_plain(ty) || last_name(ty).is_some_and(|name| name == "String" || name == "Vec")
}

/// How often a value is opened at most, of what is written.
const MOST_OPENED: usize = 5;

/// How often a value is opened of which only a trait is known.
const BEHIND_TRAIT: usize = 3;

/// How often what a function returns is opened if nothing is known of its type, which may be an
/// alias.
pub(super) const ALIAS: usize = 2;

/// How often a value of this type has to be opened, to ask what is inside: each time costs
/// time to compile. What stands in another may be an alias too, but hardly of several.
pub(super) fn opened(ty: &Type, unknown: usize) -> usize {
    if is_never_an_error(ty) {
        return 0;
    }
    let inside = match ty {
        Type::ImplTrait(_) => return BEHIND_TRAIT,
        // What is not known after it is asked there.
        Type::Reference(reference) => {
            return match opened(&reference.elem, 0) {
                0 => 0,
                inside => MOST_OPENED.min(1 + inside),
            };
        }
        Type::Paren(inner) => return opened(&inner.elem, unknown),
        Type::Path(path) => path.path.segments.last().map(|last| (&last.arguments, &last.ident)),
        _ => return unknown,
    };
    let Some((PathArguments::AngleBracketed(arguments), name)) = inside else { return unknown };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(opened(ty, 1)),
        _ => None,
    });
    let inside = match name.to_string().as_str() {
        "Result" | "Option" | "Poll" | "Box" | "Rc" | "Arc" => types.take(1).max(),
        "Either" => types.max(),
        _ => return unknown,
    };
    MOST_OPENED.min(1 + inside.unwrap_or(1))
}

/// Whether nothing happens when a value of this type is dropped.
pub(super) fn is_never_dropped(ty: &Type) -> bool {
    match ty {
        Type::Paren(inner) => is_never_dropped(&inner.elem),
        Type::FnPtr(_) | Type::Ptr(_) | Type::Reference(_) => true,
        Type::Path(_) => is_plain(ty),
        _ => false,
    }
}

pub(super) fn last_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Type::Paren(inner) => last_name(&inner.elem),
        _ => None,
    }
}
