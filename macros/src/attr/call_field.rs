//! `#[instrument_metrics(…)]` as a whole: the field that counts the calls, which is any expression and so
//! cannot be read by a darling receiver, and the options after it.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Meta, Token, token};

use super::calls::{CallAttribute, CallOptions};
use super::{Options, is_near, items, read_items};
use crate::diagnostics::Diagnostics;
use crate::fragments;

/// Reads the parentheses of the attribute. `bound` are the names that the function binds.
pub(crate) fn read(
    tokens: TokenStream,
    bound: &[String],
    errors: &mut Diagnostics,
) -> CallAttribute {
    let parser = |input: ParseStream<'_>| {
        let field = if starts_with_field(input, bound) {
            let field = input.parse::<Expr>()?;
            if !input.is_empty()
                && input.parse::<Token![,]>().is_err()
                && !items::separate(input, errors)
            {
                return Err(input.error("expected `,`"));
            }
            Some(field)
        } else {
            None
        };
        Ok((field, input.parse::<TokenStream>()?))
    };
    let (field, rest) = match parser.parse2(fragments::open(tokens)) {
        Ok(parts) => parts,
        Err(error) => {
            errors.error_at(
                error.span(),
                &format!(
                    "`#[instrument_metrics(…)]` starts with the field that counts the calls, or with an option: {error}"
                ),
                &format!("write `{}`", CallOptions::FORM),
            );
            return CallAttribute::default();
        }
    };
    if let Some(Expr::Lit(literal)) = &field {
        let help = format!("write `{}`", CallOptions::FORM);
        errors.error(literal, "calls are counted in a field, and this is a literal", &help);
    }
    let (field, rest) = match field {
        Some(field) => (Some(field), rest),
        None => take_misplaced_field(rest, errors),
    };
    let items = items::parse::<CallOptions>(rest, errors);
    let options = read_items(items, errors).0;
    CallAttribute { field, options }
}

/// Takes out the field if it comes after an option, which is reported. Returns the rest too.
fn take_misplaced_field(
    tokens: TokenStream,
    errors: &mut Diagnostics,
) -> (Option<Expr>, TokenStream) {
    let (mut field, mut rest) = (None, TokenStream::new());
    let mut tokens = tokens.into_iter().peekable();
    while tokens.peek().is_some() {
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',');
        let mut item: Vec<TokenTree> = Vec::new();
        let mut comma = None;
        for token in tokens.by_ref() {
            if is_comma(&token) {
                comma = Some(token);
                break;
            }
            item.push(token);
        }
        let item: TokenStream = item.into_iter().collect();
        match syn::parse2::<Expr>(item.clone()) {
            Ok(found @ (Expr::Field(_) | Expr::MethodCall(_))) if field.is_none() => {
                let problem = "the field that counts the calls comes after an option";
                errors.error(&found, problem, "write it first");
                field = Some(found);
            }
            _ => {
                rest.extend(item);
                rest.extend(comma);
            }
        }
    }
    (field, rest)
}

/// Reads the attribute of a method.
pub(crate) fn read_attribute(
    attribute: &Attribute,
    bound: &[String],
    errors: &mut Diagnostics,
) -> CallAttribute {
    match &attribute.meta {
        Meta::List(list) => read(list.tokens.clone(), bound, errors),
        _ => CallAttribute::default(),
    }
}

/// Returns whether an expression comes first: anything that does not begin like an option.
fn starts_with_field(input: ParseStream<'_>, bound: &[String]) -> bool {
    if input.is_empty() || input.peek(Token![crate]) && input.peek2(Token![=]) {
        return false;
    }
    if !input.peek(syn::Ident::peek_any) {
        return true;
    }
    if input.peek2(Token![=]) && !input.peek2(Token![==]) {
        return false;
    }
    let rest = input.fork();
    let Ok(name) = rest.call(Ident::parse_any) else { return true };
    let name = name.to_string();
    let arguments = rest.peek(token::Paren).then(|| rest.parse::<Group>().ok()).flatten();
    // `metrics().calls` is a field, `work()` too, and `labels(…)` an option.
    let is_alone = rest.is_empty()
        || rest.peek(Token![,])
        || rest.peek(Token![;])
        || rest.peek(syn::Ident::peek_any);
    let is_called = arguments.is_some_and(|arguments| arguments.stream().is_empty());
    // A lower-case word alone is an unknown option, unless it is an argument.
    let is_word = name.chars().all(|letter| letter == '_' || letter.is_ascii_lowercase())
        && !is_called
        && !bound.contains(&name);
    let is_option = is_word || CallOptions::NAMES.iter().any(|option| is_near(&name, option));
    !(is_alone && is_option)
}
