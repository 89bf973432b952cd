//! How a call ended, by the value that it returned.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::{Call, Locals, at, called_with};
use crate::ast::function::Errors;
use crate::ast::returned::Output;

impl Call<'_> {
    /// Returns how the call ended. `value` writes a reference to the returned value.
    pub(super) fn end(&self, value: &dyn Fn(Span) -> TokenStream) -> TokenStream {
        let Call { private, locals: Locals { kinds, error, .. }, model } = self;
        match &model.errors {
            Errors::Never => quote!(#private::End::of(#private::Outcome::Ok)),
            Errors::Fallible => {
                let value = value(Span::mixed_site());
                let way = match &model.output {
                    Output::Unknown => quote!(closed),
                    Output::Found | Output::Written(_) => {
                        let times = (0..model.opened).map(|_| quote!([]));
                        let sides = if may_be_either(&model.sig.output) {
                            quote!(both)
                        } else {
                            quote!(one)
                        };
                        quote!(#sides [#(#times)*])
                    }
                };
                quote!(#private::end!(#way #value))
            }
            Errors::Kinds(path) => {
                let (span, end_of) = called_with(private, path, "end_of");
                let (error, kinds, value) = (at(error, span), at(kinds, span), value(span));
                quote_spanned!(span=> #end_of(#value, #kinds, |#error| #path(#error)))
            }
            Errors::Nones => {
                let place = match &model.sig.output {
                    ReturnType::Type(_, ty) => ty.span(),
                    ReturnType::Default => model.sig.ident.span(),
                };
                let (span, end_of) = called_with(private, &place, "end_of_option");
                let value = value(span);
                quote_spanned!(span=> #end_of(#value))
            }
            Errors::Decided(path) => {
                let (span, end_of) = called_with(private, path, "end_of_decision");
                let value = value(span);
                quote_spanned!(span=> #end_of(#path(#value)))
            }
        }
    }
}

/// Returns whether a returned value may have two sides that are both examined, as far as tokens
/// show.
fn may_be_either(output: &ReturnType) -> bool {
    fn names_one(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(name) => {
                ["Either", "Responder", "IntoResponse"].iter().any(|one| name == one)
            }
            TokenTree::Group(group) => names_one(group.stream()),
            _ => false,
        })
    }
    names_one(output.to_token_stream())
}
