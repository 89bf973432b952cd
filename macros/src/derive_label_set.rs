//! The tokens of `#[derive(LabelSet)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Index;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::ast::labels::{Label, LabelField, LabelRole, LabelStruct};
use crate::checks::{called_at, check_label};
use crate::label_tokens::{SetBody, implement, show};

/// The implementation of `LabelSet`.
pub(crate) fn generate(set: &LabelStruct) -> TokenStream {
    let LabelStruct { ident, generics, krate, fields } = set;
    let private = quote!(#krate::__private_0_1);
    let mut body = SetBody::default();
    let mut checks = TokenStream::new();
    for field in fields {
        match &field.role {
            LabelRole::Label(label) => {
                checks.extend(check_label(&private, label));
                if field.options.display.is_present() {
                    add_displayed(&mut body, &private, field, label);
                } else {
                    add_label(&mut body, &private, field, label);
                }
            }
            LabelRole::Set => add_set(&mut body, &private, field),
            LabelRole::Skipped => {}
        }
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

/// Adds a label whose value `Display` writes.
fn add_displayed(body: &mut SetBody, private: &TokenStream, field: &LabelField, label: &Label) {
    let (name, ident) = (&label.name, &field.ident);
    body.list.extend(quote!(.label(#name, #private::ValueSet::OPEN)));
    body.visit_open.extend(show(private, &field.ty, &quote!(self.#ident)));
}

/// Adds a label that is of a type of its own.
fn add_label(body: &mut SetBody, private: &TokenStream, field: &LabelField, label: &Label) {
    let (name, ty) = (&label.name, &field.ty);
    // At the type, where it is an error if it is no label.
    let as_value = quote_spanned!(ty.span()=> <#ty as #private::LabelValue>);
    body.list.extend(quote!(.label(#name, #as_value::VALUES)));
    add_position(body, field, &as_value, &quote!(#as_value::VALUES.count()));
}

/// Adds the labels of another set.
fn add_set(body: &mut SetBody, private: &TokenStream, field: &LabelField) {
    let ty = &field.ty;
    // At the type, where it is an error if it is no set.
    let as_set = quote_spanned!(ty.span()=> <#ty as #private::LabelSet>);
    body.list.extend(quote!(.set(#as_set::LABELS)));
    add_position(body, field, &as_set, &quote!(#as_set::COMBINATIONS));
}

/// Adds where a field's value is among so many.
fn add_position(
    body: &mut SetBody,
    field: &LabelField,
    as_trait: &TokenStream,
    combinations: &TokenStream,
) {
    let field = &field.ident;
    body.position.extend(quote! {
        let __measurand_position = __measurand_position * #combinations
            + #as_trait::position(&self.#field);
    });
    body.visit_open.extend(quote! {
        #as_trait::visit_open(&self.#field, __measurand_visit);
    });
}

/// How the values are called, their types, and how the set is made of them. A field that is no
/// label has no value to be made of.
fn written_one_by_one(set: &LabelStruct) -> (TokenStream, (TokenStream, TokenStream)) {
    if set.kept().count() < set.fields.len() {
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
        set.fields.iter().filter_map(|field| Some(field.label()?.name.as_str())).collect();
    let (generics, _, where_clause) = set.generics.split_for_impl();
    let mut before = Vec::new();
    let mut checks = TokenStream::new();
    for LabelField { ident, ty, role, .. } in &set.fields {
        let LabelRole::Set = role else { continue };
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
