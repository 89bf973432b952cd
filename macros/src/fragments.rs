//! Values out of `macro_rules!`. A fragment comes in an invisible group; it is opened here, for
//! all macros, wherever that changes nothing.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::visit_mut::{self, VisitMut};
use syn::{DeriveInput, Expr, Signature, Type};

/// Opens the groups round fragments that are one token or a path, or stand alone: between commas,
/// or after a `=` or a `:`. In `$a * 3`, where `$a` is `1 + 2`, the group keeps the order of
/// operations: the compiler forgets such a group when a macro hands it back, so it becomes
/// parentheses.
pub(crate) fn open(tokens: TokenStream) -> TokenStream {
    if !has_fragment(tokens.clone()) {
        return tokens;
    }
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut opened = TokenStream::new();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            opened.extend([token.clone()]);
            continue;
        };
        let inner = open(group.stream());
        let is_fragment = group.delimiter() == Delimiter::None;
        if is_fragment && (is_alone(&tokens, index) || is_path(&inner)) {
            opened.extend(inner);
        } else if is_fragment && is_operation(&inner) {
            let mut parentheses = Group::new(Delimiter::Parenthesis, inner);
            // They are generated, so that no lint calls them needless.
            parentheses.set_span(group.span().resolved_at(Span::mixed_site()));
            opened.extend([TokenTree::Group(parentheses)]);
        } else {
            let mut kept = Group::new(group.delimiter(), inner);
            kept.set_span(group.span());
            opened.extend([TokenTree::Group(kept)]);
        }
    }
    opened
}

fn has_fragment(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => {
            group.delimiter() == Delimiter::None || has_fragment(group.stream())
        }
        _ => false,
    })
}

/// Whether the token at `index` is all that stands between two others that bind no operand.
fn is_alone(tokens: &[TokenTree], index: usize) -> bool {
    let sign = |index: usize| match tokens.get(index) {
        Some(TokenTree::Punct(sign)) => Some(sign),
        _ => None,
    };
    let is_joint = |index: usize| {
        index.checked_sub(1).and_then(sign).is_some_and(|sign| {
            sign.spacing() == proc_macro2::Spacing::Joint && sign.as_char() != '\''
        })
    };
    let starts = index == 0
        || sign(index - 1).is_some_and(|before| match before.as_char() {
            ',' => true,
            // Not `==`, `<=`, `::` and the like.
            '=' | ':' => !is_joint(index - 1),
            _ => false,
        });
    let ends =
        index + 1 == tokens.len() || sign(index + 1).is_some_and(|after| after.as_char() == ',');
    starts && ends
}

/// Whether the tokens are one, or names with `::` between them.
fn is_path(tokens: &TokenStream) -> bool {
    let mut tokens = tokens.clone().into_iter();
    let is_name = |token: &TokenTree| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(sign) => sign.as_char() == ':',
        _ => false,
    };
    match tokens.next() {
        None => true,
        Some(first) => {
            let rest: Vec<TokenTree> = tokens.collect();
            rest.is_empty() || is_name(&first) && rest.iter().all(is_name)
        }
    }
}

/// Whether the tokens are an expression that may come apart.
fn is_operation(tokens: &TokenStream) -> bool {
    match syn::parse2(tokens.clone()) {
        // A literal stands in a pattern too, where it has no parentheses.
        Ok(Expr::Unary(unary)) => !matches!(*unary.expr, Expr::Lit(_)),
        Ok(
            Expr::Assign(_)
            | Expr::Binary(_)
            | Expr::Cast(_)
            | Expr::Closure(_)
            | Expr::If(_)
            | Expr::Match(_)
            | Expr::Range(_)
            | Expr::Reference(_)
            | Expr::Struct(_),
        ) => true,
        _ => false,
    }
}

/// Opens the groups round types: of fields, and of what they are made of.
pub(crate) fn open_input(input: &mut DeriveInput) {
    OpenTypes.visit_derive_input_mut(input);
}

/// Opens the groups round types in the signature of a function.
pub(crate) fn open_signature(sig: &mut Signature) {
    OpenTypes.visit_signature_mut(sig);
}

/// Opens the groups round the type of an `impl` block and in it.
pub(crate) fn open_type(ty: &mut Type) {
    OpenTypes.visit_type_mut(ty);
}

struct OpenTypes;

impl VisitMut for OpenTypes {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        while let Type::Group(group) = ty {
            // `&$t` is not `&dyn A + B`.
            if matches!(*group.elem, Type::TraitObject(_) | Type::ImplTrait(_)) {
                break;
            }
            *ty = (*group.elem).clone();
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

/// An expression without the group that it is in if it is a fragment.
pub(crate) fn opened(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => opened(&group.expr),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    use quote::quote;

    fn fragment(tokens: TokenStream) -> TokenTree {
        Group::new(Delimiter::None, tokens).into()
    }

    #[track_caller]
    fn check(tokens: TokenStream, expected: TokenStream) {
        let opened = super::open(tokens);
        assert!(!super::has_fragment(opened.clone()), "in {opened}");
        assert_eq!(opened.to_string(), expected.to_string());
    }

    #[test]
    fn fragments_are_opened_where_that_changes_nothing() {
        let (sum, path, one) = (
            fragment(quote!(1 + 2)),
            fragment(quote!(a::b)),
            fragment(fragment(quote!("text")).into()),
        );
        check(quote!(help = #one, rename = #one), quote!(help = "text", rename = "text"));
        check(quote!(buckets = [#sum, #one, #sum]), quote!(buckets = [1 + 2, "text", 1 + 2]));
        check(quote!(skip = #sum), quote!(skip = 1 + 2));
        check(
            quote!(instance(name: #sum, other: #path)),
            quote!(instance(name: 1 + 2, other: a::b)),
        );
        check(quote!(crate = #path, skip = #path * 3), quote!(crate = a::b, skip = a::b * 3));
        check(quote!(#sum, labels(#sum)), quote!(1 + 2, labels(1 + 2)));
    }

    #[test]
    fn fragments_keep_the_order_of_operations() {
        let sum = fragment(quote!(1 + 2));
        check(quote!(skip = #sum * 3), quote!(skip = (1 + 2) * 3));
        check(quote!(skip = 3 * #sum), quote!(skip = 3 * (1 + 2)));
        check(quote!(skip = 3 == #sum), quote!(skip = 3 == (1 + 2)));
        check(quote!(buckets = linear(1, -#sum, 3)), quote!(buckets = linear(1, -(1 + 2), 3)));
        check(quote!(skip = #sum.field), quote!(skip = (1 + 2).field));
        check(quote!(skip = (3 <= #sum)), quote!(skip = (3 <= (1 + 2))));
    }
}
