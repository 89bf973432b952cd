//! How people reach a struct: its static, how it is registered, and what is done to all of its
//! families.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::private;
use crate::ast::kinds::is_family;
use crate::ast::metrics::{MetricsStruct, Mode, Role};

/// The static, and the way to it.
pub(super) fn reach_static(
    model: &MetricsStruct,
    global: Option<&Ident>,
    is_linked: bool,
) -> TokenStream {
    let MetricsStruct { ident, vis, .. } = model;
    let private = private(model);
    let (global_doc, register_doc) = match is_linked {
        true => (
            "The metrics of the whole process, registered at link time.",
            "Adds these metrics to a registry of one's own; in the global one they are already.",
        ),
        false => (
            "The metrics of the whole process, in no registry but by `register`.",
            "Adds these metrics to a registry, of which there may be several.",
        ),
    };
    let link = is_linked.then(|| quote!(const _: () = { #private::link!(#ident); };));
    let (item, body) = place_static(model, global, is_linked);
    quote! {
        #item

        #[automatically_derived]
        impl #ident {
            #[doc = #global_doc]
            #vis const fn global() -> &'static Self {
                #body
            }

            #[doc = #register_doc]
            ///
            /// # Errors
            ///
            /// If one of their families conflicts with another of that registry.
            #vis fn register(
                registry: &#private::Registry,
            ) -> ::core::result::Result<(), #private::RegisterError<()>> {
                #private::register_static::<Self>(registry, #private::Linked::of_struct(
                    Self::global(),
                    <Self as #private::DeclaredStruct<Self>>::DECLARATIONS,
                ))
            }
        }

        #link
    }
}

/// The static, by its name or inside of `global()`, and the body of that.
fn place_static(
    model: &MetricsStruct,
    global: Option<&Ident>,
    is_linked: bool,
) -> (TokenStream, TokenStream) {
    let MetricsStruct { ident, vis, .. } = model;
    let private = private(model);
    let value = quote!(<#ident as #private::DeclaredStruct<#ident>>::NEW);
    let doc = match is_linked {
        true => format!("The metrics of [`{ident}`], registered at link time."),
        false => format!("The metrics of [`{ident}`], in no registry but by `register`."),
    };
    match global {
        Some(name) => (
            quote! {
                #[doc = #doc]
                #vis static #name: #ident = #value;
            },
            quote!(&#name),
        ),
        None => (
            TokenStream::new(),
            quote! {
                static __MEASURAND_GLOBAL: #ident = #value;
                &__MEASURAND_GLOBAL
            },
        ),
    }
}

/// With more, and the registry, a function has more arguments than clippy likes.
const MAX_USUAL_LABELS: usize = 6;

/// How an instance is made.
pub(super) fn reach_instance(
    model: &MetricsStruct,
    names: &[Ident],
    types: &[syn::Type],
) -> TokenStream {
    let MetricsStruct { ident, vis, .. } = model;
    let private = private(model);
    let values = std::iter::zip(names, types)
        .map(|(name, ty)| quote_spanned!(ty.span()=> #private::label_value(&#name)));
    let values = match names {
        [] => quote!(#private::NO_VALUES),
        _ => quote!([#(#values),*]),
    };
    // A label may be called so too.
    let registry = Ident::new("registry", Span::mixed_site());
    let not_static = say_not_static(model);
    let allowed = (names.len() > MAX_USUAL_LABELS)
        .then(|| quote!(#[allow(clippy::too_many_arguments, reason = "each label has a value")]));
    quote! {
        #not_static

        #[automatically_derived]
        impl #ident {
            /// Makes an instance and adds it to `registry`; its series leave with the last clone.
            ///
            /// # Errors
            ///
            /// If one with the same label values, or without labels, is registered already, which the
            /// error holds, or if a family conflicts with another of that registry.
            #allowed
            #vis fn register(
                #registry: &#private::Registry,
                #(#names: #types,)*
            ) -> ::core::result::Result<#private::Registered<Self>, #private::RegisterError<Self>> {
                #private::register_instance(#registry, #values)
            }
        }
    }
}

/// Who makes a struct as in other crates is told what to type.
pub(super) fn say_not_made(model: &MetricsStruct) -> TokenStream {
    let MetricsStruct { ident, .. } = model;
    let private = private(model);
    quote! {
        use #private::WriteGlobalOrRegister as _;
        #[automatically_derived]
        impl #private::WriteGlobalOrRegister for #ident {}
    }
}

/// Who asks for the static of a struct that has none is told so.
pub(super) fn say_not_static(model: &MetricsStruct) -> TokenStream {
    let MetricsStruct { ident, .. } = model;
    let private = private(model);
    quote! {
        use #private::WriteRegister as _;
        #[automatically_derived]
        impl #private::WriteRegister for #ident {}
    }
}

/// The way to remove series of all families of the struct, if it shows that it has some.
pub(super) fn remove_where(model: &MetricsStruct) -> TokenStream {
    let MetricsStruct { ident, vis, .. } = model;
    let private = private(model);
    let has_families = model.fields.iter().any(|field| match &field.role {
        Role::Metric(_) => is_family(&field.ty),
        Role::Calls(_) | Role::Group { .. } => true,
        Role::Skipped(_) => false,
    });
    if !has_families || matches!(model.mode, Mode::Group) {
        return TokenStream::new();
    }
    quote! {
        #[automatically_derived]
        impl #ident {
            /// Removes every series whose labels `is_it` picks, of all families of the struct,
            /// and says how many.
            #vis fn remove_where(
                &self,
                is_it: impl ::core::ops::FnMut(&#private::Labels<'_>) -> ::core::primitive::bool,
            ) -> ::core::primitive::usize {
                #private::remove_where(
                    self,
                    <Self as #private::DeclaredStruct<Self>>::DECLARATIONS,
                    is_it,
                )
            }
        }
    }
}
