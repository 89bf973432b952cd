//! The tokens of `#[instrument_metrics]`: a description of the function, and calls of the runtime
//! around its body.

mod body;
mod end;
mod moved;
mod prepare;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::quote;
use syn::Signature;
use syn::spanned::Spanned;

use crate::ast::function::InstrumentedFn;
use crate::ast::item::RawFn;
use crate::checks::called_at;

/// Generates the instrumented function.
pub(crate) fn generate(model: &InstrumentedFn<'_>) -> TokenStream {
    let InstrumentedFn { sig, block, krate, moved, .. } = model;
    let RawFn { attrs, vis, modifiers, .. } = model.raw;
    let call = Call { private: quote!(#krate::__private_0_1), locals: Locals::new(), model };
    let (start, body) = (call.prepare(), call.body());
    match moved {
        None => {
            let mut body = Group::new(Delimiter::Brace, quote!(#start #body));
            body.set_span(body_span(sig, block));
            quote!(#(#attrs)* #vis #modifiers #sig #body)
        }
        Some(moved) => moved::move_body(model, moved, &quote!(#start #body)),
    }
}

/// The code of one call of a function.
struct Call<'a> {
    /// The hidden module of the runtime.
    private: TokenStream,
    locals: Locals,
    model: &'a InstrumentedFn<'a>,
}

/// Names of generated locals, which the body cannot see.
struct Locals {
    site: Ident,
    calls: Ident,
    kinds: Ident,
    prepared: Ident,
    call: Ident,
    value: Ident,
    error: Ident,
}

impl Locals {
    fn new() -> Self {
        let local = |name| Ident::new(name, Span::mixed_site());
        Locals {
            site: local("__MEASURAND_SITE"),
            calls: local("__measurand_calls"),
            kinds: local("__measurand_kinds"),
            prepared: local("__measurand_prepared"),
            call: local("__measurand_call"),
            value: local("__measurand_value"),
            error: local("__measurand_error"),
        }
    }
}

/// Returns a local with the span of what uses it.
fn at(local: &Ident, span: Span) -> Ident {
    Ident::new(&local.to_string(), span)
}

/// Returns the place of what the user wrote, for generated code, and the path of a function there.
fn called_with(private: &TokenStream, place: &impl Spanned, function: &str) -> (Span, TokenStream) {
    let span = Span::mixed_site().located_at(place.span());
    (span, called_at(private, span, function))
}

/// Returns the place of the body as the user's own code, so that the compiler says of the body what
/// it would say without the attribute.
fn body_span(sig: &Signature, block: &TokenStream) -> Span {
    let braces = block.clone().into_iter().next();
    sig.fn_token.span.located_at(braces.map_or_else(Span::call_site, |braces| braces.span()))
}
