//! The tokens of `#[derive(LabelSet)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Index};

use crate::ast::{LabelField, LabelStruct};
use crate::checks::{called_at, check_label};
use crate::diagnostics::Diagnostics;
use crate::label_tokens::{SetBody, implement, show};
use crate::{fallback, fragments, valid};

pub(crate) fn expand(mut input: DeriveInput) -> TokenStream {
    fragments::open_input(&mut input);
    let mut errors = Diagnostics::default();
    let tokens = match valid::labels::label_set(&input, &mut errors) {
        Some(set) if errors.is_empty() => generate(&set),
        _ => fallback::label_set(&input),
    };
    let errors = errors.into_tokens();
    quote! { #tokens #errors }
}

fn generate(set: &LabelStruct) -> TokenStream {
    let LabelStruct { ident, generics, krate, fields, .. } = set;
    let private = quote!(#krate::__private_0_1);
    let mut body = SetBody::default();
    let mut checks = TokenStream::new();
    for LabelField { ident: field, ty, label, is_displayed } in fields {
        if let (Some(label), true) = (label, is_displayed) {
            let name = &label.name;
            body.list.extend(quote!(.label(#name, #private::Values::OPEN)));
            body.visit_open.extend(show(&private, ty, &quote!(self.#field)));
            checks.extend(check_label(&private, label));
            continue;
        }
        // At the type, where it is an error if it is no label or no set.
        let span = ty.span();
        let (as_trait, combinations) = match label {
            Some(label) => {
                let as_value = quote_spanned!(span=> <#ty as #private::LabelValue>);
                let name = &label.name;
                body.list.extend(quote!(.label(#name, #as_value::VALUES)));
                checks.extend(check_label(&private, label));
                (as_value.clone(), quote!(#as_value::VALUES.count()))
            }
            None => {
                let as_set = quote_spanned!(span=> <#ty as #private::LabelSet>);
                body.list.extend(quote!(.set(#as_set::LABELS)));
                (as_set.clone(), quote!(#as_set::COMBINATIONS))
            }
        };
        body.position.extend(quote! {
            let __measurand_position = __measurand_position * #combinations
                + #as_trait::position(&self.#field);
        });
        body.visit_open.extend(quote! {
            #as_trait::visit_open(&self.#field, __measurand_visit);
        });
    }
    body.position = {
        let position = &body.position;
        quote! {
            let __measurand_position = 0;
            #position
            __measurand_position
        }
    };
    (body.naming, body.values) = written_one_by_one(set);
    let implementation = implement(&private, ident, generics, &body);
    let flattened = check_flattened(&private, set);
    quote! {
        #[allow(deprecated, reason = "whoever uses what is deprecated is told there")]
        const _: () = {
            #implementation
            #checks
            #flattened
        };
    }
}

/// How the values are called, their types, and how the set is made of them. A field that is no
/// label has no value to be made of.
fn written_one_by_one(set: &LabelStruct) -> (TokenStream, (TokenStream, TokenStream)) {
    if set.has_skipped {
        return (quote!(Whole), (TokenStream::new(), quote!(::core::unreachable!())));
    }
    let names = set.fields.iter().map(|field| field.ident.unraw().to_string());
    let types = set.fields.iter().map(|field| &field.ty);
    let fields = set.fields.iter().map(|field| &field.ident);
    let positions = (0..set.fields.len()).map(Index::from);
    (
        quote!(ByField(&[#(#names),*])),
        (quote!(#(#types,)*), quote!(Self { #(#fields: __measurand_values.#positions),* })),
    )
}

/// Checks that no label of a flattened set is one of the struct's own, or of a set before it.
fn check_flattened(private: &TokenStream, set: &LabelStruct) -> TokenStream {
    let own: Vec<&str> =
        set.fields.iter().filter_map(|field| Some(field.label.as_ref()?.name.as_str())).collect();
    let (generics, _, where_clause) = set.generics.split_for_impl();
    let mut before = Vec::new();
    let mut checks = TokenStream::new();
    for LabelField { ident, ty, .. } in set.fields.iter().filter(|field| field.label.is_none()) {
        let check = called_at(private, ident.span(), "check_flattened_labels");
        // The same span as everywhere, so that what is no set is one error.
        let labels = quote_spanned!(ty.span()=> <#ty as #private::LabelSet>);
        let labels = quote!(#labels::LABELS);
        // The type may have lifetimes, which only a function can have too.
        checks.extend(quote_spanned! {ident.span()=>
            const _: () = {
                #[track_caller]
                const fn check #generics () #where_clause {
                    #check(#labels, &[#(#own),*], &[#(#before),*]);
                }
                check()
            };
        });
        before.push(labels);
    }
    checks
}
