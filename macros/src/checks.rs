//! How generated code calls the checks of the runtime.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::ast::labels::Label;

/// The checks of a label where it is declared.
pub(crate) fn check_label(private: &TokenStream, label: &Label) -> TokenStream {
    let Label { name, span, is_type, utf8, expected } = label;
    let waived = waived(private, expected, utf8.is_some(), *span);
    let check = if *is_type { "check_label_type" } else { "check_label_name" };
    let check = called_at(private, *span, check);
    let mut checks = check_rules(private, expected);
    checks.extend(quote_spanned!(*span=> const _: () = #check(#name, #waived);));
    if let Some(rule) = expected.first() {
        let check = called_at(private, rule.span(), "check_label_waived");
        checks.extend(quote_spanned!(rule.span()=> const _: () = #check(#name, #waived);));
    }
    if let Some(span) = utf8 {
        let check = called_at(private, *span, "check_label_utf8");
        checks.extend(quote_spanned!(*span=> const _: () = #check(#name);));
    }
    checks
}

/// Checks that there are rules of those names.
pub(crate) fn check_rules(private: &TokenStream, rules: &[Ident]) -> TokenStream {
    rules
        .iter()
        .map(|rule| {
            let check = called_at(private, rule.span(), "check_rule");
            let name = rule.to_string();
            quote_spanned!(rule.span()=> const _: () = #check(#name);)
        })
        .collect()
}

/// The rules of those names.
pub(crate) fn rules(private: &TokenStream, rules: &[Ident], here: Span) -> TokenStream {
    waived(private, rules, false, here)
}

/// The rules of those names, and what `utf8` allows.
pub(crate) fn waived(
    private: &TokenStream,
    rules: &[Ident],
    is_utf8: bool,
    here: Span,
) -> TokenStream {
    if rules.is_empty() && !is_utf8 {
        return quote_spanned!(here=> #private::Rules::NONE);
    }
    let names = rules.iter().map(Ident::to_string).chain(is_utf8.then(|| "utf8".to_owned()));
    let names = names.map(|rule| text(&rule, here));
    quote_spanned!(here=> #private::rules(&[#(#names),*]))
}

/// A text that stands at a place.
pub(crate) fn text(text: &str, here: Span) -> Literal {
    at(Literal::string(text), here)
}

/// A number that stands at a place.
pub(crate) fn number(number: usize, here: Span) -> Literal {
    at(Literal::usize_unsuffixed(number), here)
}

fn at(mut literal: Literal, here: Span) -> Literal {
    literal.set_span(here);
    literal
}

/// The path of a check, all of it at `span`, since that is where its error points.
pub(crate) fn called_at(private: &TokenStream, span: Span, check: &str) -> TokenStream {
    let check = Ident::new(check, span);
    placed(quote!(#private::#check), span)
}

/// Moves tokens to a place, all of them.
pub(crate) fn placed(tokens: TokenStream, span: Span) -> TokenStream {
    let at_place = |mut token: TokenTree| {
        // Whose crate that is, is known by where it was written.
        let is_crate = matches!(&token, TokenTree::Ident(ident) if *ident == "$crate");
        token.set_span(if is_crate { token.span().located_at(span) } else { span });
        token
    };
    tokens.into_iter().map(at_place).collect()
}
