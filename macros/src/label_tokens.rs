//! Tokens that label values and sets of labels have in common.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, Generics, PathArguments, Type};

/// What an implementation of `LabelSet` does.
#[derive(Default)]
pub(crate) struct SetBody {
    /// What is called on an empty list of labels.
    pub(crate) list: TokenStream,
    pub(crate) position: TokenStream,
    pub(crate) visit_open: TokenStream,
    /// What the values are called where they are written one by one.
    pub(crate) naming: TokenStream,
    /// Their types, and how the set is made of `__measurand_values`.
    pub(crate) values: (TokenStream, TokenStream),
}

pub(crate) fn implement(
    private: &TokenStream,
    ident: &Ident,
    generics: &Generics,
    body: &SetBody,
) -> TokenStream {
    let SetBody { list, position, visit_open, naming, values: (values, from_values) } = body;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let lent = lent(ident, generics);
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::LabelSet for #ident #type_generics #where_clause {
            type With<'__measurand> = #lent;
            type Values = (#values);
            const NAMING: #private::Naming = #private::Naming::#naming;
            #[inline]
            fn from_values(__measurand_values: (#values)) -> Self {
                #from_values
            }
            const LABELS: #private::LabelList = #private::LabelList::new() #list;
            #[inline]
            fn position(&self) -> ::core::primitive::usize {
                #position
            }
            #[inline]
            fn visit_open(
                &self,
                __measurand_visit: &mut impl ::core::ops::FnMut(&::core::primitive::str),
            ) {
                #visit_open
            }
        }
    }
}

/// The type with the lifetime of `With` in place of all of its own.
fn lent(ident: &Ident, generics: &Generics) -> TokenStream {
    if generics.lifetimes().count() < generics.params.len() {
        // An error already, which is to stay the only one.
        return quote!(Self);
    }
    let lifetimes = generics.lifetimes().map(|_| quote!('__measurand));
    if generics.params.is_empty() { quote!(#ident) } else { quote!(#ident<#(#lifetimes),*>) }
}

/// Shows what `Display` writes of a value of this type; nothing is no label.
pub(crate) fn show(private: &TokenStream, ty: &Type, value: &TokenStream) -> TokenStream {
    let displayed = |ty: &Type| {
        // At the type, where it is an error if it has no `Display`.
        quote_spanned!(ty.span()=> <#ty as #private::Displayed>)
    };
    match optional(ty) {
        Some(inner) => {
            let displayed = displayed(inner);
            quote! {
                match &#value {
                    ::core::option::Option::Some(__measurand_value) => {
                        #displayed::show(__measurand_value, __measurand_visit);
                    }
                    ::core::option::Option::None => __measurand_visit(""),
                }
            }
        }
        None => {
            let displayed = displayed(ty);
            quote!(#displayed::show(&#value, __measurand_visit);)
        }
    }
}

/// The type that is inside, if it is written as an option.
fn optional(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(list) if last.ident == "Option" && list.args.len() == 1 => {
            match list.args.first()? {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            }
        }
        _ => None,
    }
}
