//! Names that are bound or used in tokens.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{GenericParam, Generics, Signature, Type};

use crate::written::written;

/// Returns an identifier without `r#`.
pub(crate) fn text(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// Returns the name of the type of an `impl` block.
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

/// Returns the names of the type and const parameters.
pub(crate) fn generic_names(generics: &Generics) -> impl Iterator<Item = String> {
    generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(ty) => Some(ty.ident.to_string()),
        GenericParam::Const(constant) => Some(constant.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    })
}

/// Returns the names that a function binds, and `of_block`, those of the parameters of its `impl`
/// block. They mean nothing outside.
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

/// Returns whether one of the names occurs in the tokens.
pub(crate) fn names_any(tokens: TokenStream, names: &[impl AsRef<str>]) -> bool {
    first_named(tokens, names).is_some()
}

/// Returns the first of the names that occurs in the tokens.
pub(crate) fn first_named(tokens: TokenStream, names: &[impl AsRef<str>]) -> Option<String> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => {
            names.iter().map(AsRef::as_ref).find(|name| ident == name).map(str::to_owned)
        }
        TokenTree::Group(group) => first_named(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}
