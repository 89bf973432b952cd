//! Names in tokens: what is bound, and what is used.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{GenericParam, Generics, Signature, Type};

use crate::written::written;

/// An identifier without `r#`.
pub(crate) fn text(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// The name of the type of an `impl` block.
pub(crate) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => {
            path.path.segments.last().map_or_else(String::new, |last| text(&last.ident))
        }
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        other => written(other),
    }
}

/// The types and constants that generics bind.
pub(crate) fn generic_names(generics: &Generics) -> impl Iterator<Item = String> {
    generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(ty) => Some(ty.ident.to_string()),
        GenericParam::Const(constant) => Some(constant.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    })
}

/// The names that a function binds, and those that the parameters of its `impl` block do: they mean
/// nothing outside of it.
pub(crate) fn bound_names(sig: &Signature, of_block: &[String]) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            self.0.push(pat.ident.to_string());
            visit::visit_pat_ident(self, pat);
        }
    }
    let mut names = Names(vec!["self".to_owned(), "Self".to_owned()]);
    sig.inputs.iter().for_each(|input| names.visit_fn_arg(input));
    names.0.extend(generic_names(&sig.generics));
    names.0.extend_from_slice(of_block);
    names.0
}

/// Whether one of the names stands in the tokens.
pub(crate) fn names_any(tokens: TokenStream, names: &[impl AsRef<str>]) -> bool {
    first_named(tokens, names).is_some()
}

/// The first of the names that stands in the tokens.
pub(crate) fn first_named(tokens: TokenStream, names: &[impl AsRef<str>]) -> Option<String> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => {
            names.iter().map(AsRef::as_ref).find(|name| ident == name).map(str::to_owned)
        }
        TokenTree::Group(group) => first_named(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}
