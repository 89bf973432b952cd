//! Lists that darling cannot read.

use proc_macro2::{Delimiter, Group, TokenTree};
use syn::Meta;
use syn::parse::{ParseStream, Parser};

use super::value::{mistake, option_name};

/// Parses the values in the parentheses of an option.
///
/// A darling receiver reads options whose names it knows. These lists hold labels, whose names are
/// the user's own, with types or any expressions; rules, which only the runtime knows; or values
/// without a name. So they are parsed by syn, always here.
///
/// An error at the end of the list has the span of the option, since the end has none. `help` is
/// added, unless `parser` has given other help.
pub(super) fn list<T>(
    meta: &Meta,
    help: &str,
    parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> darling::Result<T> {
    let name = option_name(meta);
    let Meta::List(list) = meta else {
        let problem = format!("`{name}` takes its values in parentheses");
        return Err(mistake(meta, &problem, help));
    };
    let mut inside = Group::new(Delimiter::Parenthesis, list.tokens.clone());
    inside.set_span(syn::spanned::Spanned::span(meta.path()));
    let parser = |input: ParseStream<'_>| {
        let inside;
        syn::parenthesized!(inside in input);
        let value = parser(&inside)?;
        match inside.is_empty() {
            true => Ok(value),
            false => Err(inside.error("unexpected token")),
        }
    };
    parser.parse2(TokenTree::Group(inside).into()).map_err(|error| {
        if error.to_string().contains("\nhelp: ") {
            return error.into();
        }
        let problem = format!("the values of `{name}` cannot be read: {error}");
        mistake(&error.span(), &problem, help)
    })
}

/// Returns whether an option is written as `option()`.
pub(super) fn is_empty(meta: &Meta) -> bool {
    matches!(meta, Meta::List(list) if list.tokens.is_empty())
}
