//! Splits the parentheses of an attribute into options.

use darling::ast::NestedMeta;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Lit, Meta, MetaNameValue, Path, Token};

use super::Options;
use crate::diagnostics::Diagnostics;

/// Splits the tokens into options. Syntax errors are reported, and the rest is still read; darling
/// would stop at the first.
pub(super) fn parse<T: Options>(tokens: TokenStream, errors: &mut Diagnostics) -> Vec<NestedMeta> {
    let mut items: Vec<NestedMeta> = Vec::new();
    let mut is_read = false;
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match input.parse() {
                Ok(item) => items.push(item),
                Err(error) => report_syntax::<T>(&error, errors),
            }
            if let Some(NestedMeta::Meta(Meta::Path(path))) = items.last()
                && let Some(pair) = value_without_equals(input, path, errors)
            {
                items.pop();
                items.push(NestedMeta::Meta(Meta::NameValue(pair)));
            }
            if input.is_empty() {
                break;
            }
            if input.parse::<Token![,]>().is_err() && !separate(input, errors) {
                report_syntax::<T>(&input.error("expected `,`"), errors);
                skip_to_comma(input)?;
            }
        }
        is_read = true;
        Ok(())
    };
    // Unexpected tokens within a value are reported with the value.
    if let Err(error) = parser.parse2(tokens)
        && !is_read
    {
        report_syntax::<T>(&error, errors);
    }
    items
}

fn report_syntax<T: Options>(error: &syn::Error, errors: &mut Diagnostics) {
    let name = T::ATTRIBUTE;
    let problem = format!("the options of `#[{name}(…)]` cannot be read: {error}");
    errors.error_at(error.span(), &problem, &format!("write `{}`", T::FORM));
}

/// Reports a missing comma, if what follows is clearly an option or a `;`. Returns whether it is.
pub(super) fn separate(input: ParseStream<'_>, errors: &mut Diagnostics) -> bool {
    if let Ok(next) = input.fork().call(Ident::parse_any) {
        let problem = format!("there is no comma before `{next}`");
        errors.error(&next, &problem, &format!("write `, {next}`"));
        return true;
    }
    if let Ok(sign) = input.parse::<Token![;]>() {
        errors.error(&sign, "options are separated by commas", "write `,` instead of `;`");
        return true;
    }
    false
}

/// Parses the value of an option after `:` or without `=`, which is reported.
fn value_without_equals(
    input: ParseStream<'_>,
    option: &Path,
    errors: &mut Diagnostics,
) -> Option<MetaNameValue> {
    let has_colon = input.peek(Token![:]) && !input.peek(Token![::]);
    if !has_colon && !input.peek(Lit) {
        return None;
    }
    let name = option.get_ident()?;
    let place = input.span();
    errors.error_at(place, &format!("`{name}` needs `=`"), &format!("write `{name} = …`"));
    if has_colon {
        input.parse::<Token![:]>().ok()?;
    }
    let value = input.parse().ok()?;
    Some(MetaNameValue { path: option.clone(), eq_token: Token![=](place), value })
}

/// Skips what stands before the next comma, and the comma.
fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && input.parse::<Token![,]>().is_err() {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
