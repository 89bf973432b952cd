//! What the tokens of a function show of what it returns.

use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound,
    parse_quote,
};

use super::types::{is_plain, last_name};

/// What a function returns, as far as its tokens show.
pub(crate) enum Returned<'a> {
    Nothing,
    Never,
    /// Something that is no error, whatever the value.
    Plain,
    Value(&'a Type),
    /// A future of this output, if it is written.
    Future {
        output: Option<&'a Type>,
        is_boxed: bool,
        /// The type, if it is an alias, which may make something else of what is written.
        alias: Option<&'a Type>,
    },
}

/// What is known of the type of what a call returns in the end.
pub(crate) enum Output {
    /// What the body makes of it.
    Found,
    /// It is this, which the body may leave open.
    Written(Box<Type>),
    /// It is behind an alias, so that the body may leave open what is not known here.
    Unknown,
}

impl<'a> Returned<'a> {
    pub(super) fn of(sig: &'a Signature) -> Self {
        let ReturnType::Type(_, ty) = &sig.output else { return Returned::Nothing };
        match future(ty) {
            Some(future) if sig.asyncness.is_none() => future,
            _ => Returned::of_value(ty),
        }
    }

    /// Of what a call returns in the end.
    fn of_value(ty: &'a Type) -> Self {
        match ty {
            Type::Never(_) => Returned::Never,
            Type::Tuple(tuple) if tuple.elems.is_empty() => Returned::Nothing,
            ty if is_plain(ty) => Returned::Plain,
            ty => Returned::Value(ty),
        }
    }

    /// The type of what a call returns in the end, if it may say that it is an error.
    pub(crate) fn fallible(&self) -> Option<&'a Type> {
        match self {
            Returned::Value(ty) => Some(ty),
            Returned::Future { output, alias: Some(alias), .. } => Some(output.unwrap_or(alias)),
            Returned::Future { output: Some(ty), .. } => Returned::of_value(ty).fallible(),
            Returned::Future { output: None, .. }
            | Returned::Nothing
            | Returned::Never
            | Returned::Plain => None,
        }
    }

    /// What is known of its type where a future gives it, that has to be looked at.
    pub(super) fn output(&self, sig: &Signature) -> Output {
        // What a `Result` or an `Option` is written as is one, in all likelihood.
        let is_container = |ty| {
            last_name(ty).is_some_and(|name| {
                name.ends_with("Result")
                    || ["Option", "Poll", "Either", "Box", "Rc", "Arc"].contains(&name.as_str())
            })
        };
        let written = match self {
            Returned::Future { output: Some(ty), alias: None, .. } => Some(*ty),
            Returned::Future { output: Some(ty), .. } if is_container(ty) => Some(*ty),
            Returned::Future { .. } => return Output::Unknown,
            Returned::Value(ty) if sig.asyncness.is_some() => Some(*ty),
            _ => None,
        };
        let written = written.and_then(writable_type).map(Box::new);
        written.map_or(Output::Found, Output::Written)
    }

    pub(super) fn is_future(&self, sig: &Signature) -> bool {
        sig.asyncness.is_some() || matches!(self, Returned::Future { .. })
    }
}

/// A type that is written as a future: `impl Future<Output = T>`, or a box of one.
fn future(ty: &Type) -> Option<Returned<'_>> {
    match ty {
        Type::Paren(inner) => future(&inner.elem),
        Type::ImplTrait(bounds) => {
            let output = output(bounds.bounds.iter())?;
            Some(Returned::Future { output, is_boxed: false, alias: None })
        }
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "Pin" => {
                    let Type::Path(boxed) = first_type(last)? else { return None };
                    let boxed = boxed.path.segments.last().filter(|last| last.ident == "Box")?;
                    let Type::TraitObject(object) = first_type(boxed)? else { return None };
                    let output = output(object.bounds.iter())?;
                    Some(Returned::Future { output, is_boxed: true, alias: None })
                }
                "BoxFuture" | "LocalBoxFuture" => {
                    let output = first_type(last);
                    Some(Returned::Future { output, is_boxed: true, alias: Some(ty) })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The output of the future among some bounds, if there is one.
fn output<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<Option<&'a Type>> {
    bounds.find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Some(None) };
        Some(arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(pair) if pair.ident == "Output" => Some(&pair.ty),
            _ => None,
        }))
    })
}

fn first_type(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The type as it can be written elsewhere than where a function returns it: each `impl Trait` is
/// for the compiler to find.
pub(super) fn writable_type(ty: &Type) -> Option<Type> {
    struct Find;
    impl VisitMut for Find {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = parse_quote!(_),
                other => visit_mut::visit_type_mut(self, other),
            }
        }
    }
    if matches!(ty, Type::Never(_)) {
        return None;
    }
    let mut ty = ty.clone();
    Find.visit_type_mut(&mut ty);
    Some(ty)
}
