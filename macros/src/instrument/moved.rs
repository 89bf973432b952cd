//! The body of a function with `#[track_caller]`, which moves into a function of its own.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, GenericParam, Signature, parse_quote};

use crate::ast::arguments::{is_condition, is_expectation};
use crate::ast::function::{InstrumentedFn, Moved};
use crate::ast::item::RawFn;

/// Generates the function with another body, and the function that its own body has moved to.
pub(super) fn move_body(
    model: &InstrumentedFn<'_>,
    moved: &Moved,
    body: &TokenStream,
) -> TokenStream {
    let InstrumentedFn { sig, block, .. } = model;
    let RawFn { attrs, vis, modifiers, .. } = model.raw;
    let (outer, _) = renamed(sig);
    let kept = attrs.iter().filter(|attr| is_for_moved(attr));
    // A lint that the body raises is expected once.
    let attrs = attrs.iter().filter(|attr| !attr.path().is_ident("expect"));
    let mut inner = sig.clone();
    inner.ident = moved_name(&sig.ident);
    let inner = quote! {
        #(#kept)* #[doc(hidden)] #inner #block
    };
    let (inside, beside) = match moved {
        Moved::Inside => (inner, TokenStream::new()),
        Moved::Beside => (TokenStream::new(), inner),
    };
    quote! {
        #(#attrs)* #vis #modifiers #outer {
            #inside
            #body
        }
        #beside
    }
}

/// Returns the name of the function that a body has moved to.
fn moved_name(name: &Ident) -> Ident {
    Ident::new(&format!("__measurand_body_of_{}", name.unraw()), name.span())
}

/// Returns whether an attribute is for the body, even if that has moved.
fn is_for_moved(attribute: &Attribute) -> bool {
    let names = [
        "track_caller",
        "cfg",
        "allow",
        "expect",
        "warn",
        "deny",
        "forbid",
        "inline",
        "target_feature",
    ];
    names.iter().any(|name| attribute.path().is_ident(name))
}

/// Calls the function that the body has moved to.
pub(super) fn call_moved(sig: &Signature, moved: &Moved) -> TokenStream {
    let name = moved_name(&sig.ident);
    let (_, arguments) = renamed(sig);
    let arguments =
        arguments.iter().map(|Argument { name, conditions }| quote!(#(#conditions)* #name));
    let arguments = quote!(#(#arguments),*);
    let generic: Vec<_> = sig
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(ty) => Some(&ty.ident),
            GenericParam::Const(constant) => Some(&constant.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    let generic = (!generic.is_empty()).then(|| quote!(::<#(#generic),*>));
    let call = match (moved, sig.receiver()) {
        (Moved::Inside, _) => quote!(#name #generic (#arguments)),
        (Moved::Beside, None) => quote!(Self::#name #generic (#arguments)),
        (Moved::Beside, Some(receiver)) => {
            let this = receiver.self_token;
            quote!(Self::#name #generic (#this, #arguments))
        }
    };
    match sig.safety {
        syn::Safety::Unsafe(_) => quote!(unsafe { #call }),
        _ => call,
    }
}

/// An argument that is passed on.
struct Argument {
    name: Ident,
    /// Its `cfg` attributes.
    conditions: Vec<Attribute>,
}

/// Returns the signature with generated names of arguments, and these names.
fn renamed(sig: &Signature) -> (Signature, Vec<Argument>) {
    let mut sig = sig.clone();
    let mut names = Vec::new();
    for (index, input) in sig.inputs.iter_mut().enumerate() {
        if let FnArg::Receiver(receiver) = input {
            receiver.mutability = None;
        }
        if let FnArg::Typed(input) = input {
            let span = input.pat.span();
            let name = Ident::new(&format!("__measurand_arg{index}"), span);
            *input.pat = parse_quote!(#name);
            let conditions = input.attrs.iter().filter(|attr| is_condition(attr)).cloned();
            names.push(Argument { name, conditions: conditions.collect() });
            input.attrs.retain(|attr| !is_expectation(attr));
        }
    }
    (sig, names)
}
