//! What to generate for a type that is too far off to be derived, so that its users compile.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields};

use crate::attr::config::ConfigOptions;
use crate::attr::labels::{SetOptions, ValueOptions, VariantOptions};
use crate::attr::metrics::StructOptions;
use crate::attr::read_known;
use crate::attr::value::crate_path;
use crate::case::Case;
use crate::label_tokens::{SetBody, implement};

/// `global()` and the static of that name, neither of any use.
pub(crate) fn metrics(input: &DeriveInput) -> TokenStream {
    let options: StructOptions = read_known(&input.attrs);
    let krate = crate_path(options.krate.as_ref());
    let (ident, vis) = (&input.ident, &input.vis);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let function = quote! {
        #[automatically_derived]
        impl #impl_generics #ident #type_generics #where_clause {
            #[doc(hidden)]
            #vis fn global() -> &'static Self {
                ::core::unreachable!()
            }
        }
    };
    match options.global {
        Some(name) if input.generics.params.is_empty() => {
            let name = name.0;
            quote! {
                #function
                #[doc(hidden)]
                #vis static #name: #krate::__private_0_1::Broken<#ident> =
                    #krate::__private_0_1::Broken::NEW;
            }
        }
        _ => function,
    }
}

/// The trait, so that its users are not told that it is missing as well.
pub(crate) fn config_metrics(input: &DeriveInput) -> TokenStream {
    let options: ConfigOptions = read_known(&input.attrs);
    let krate = crate_path(options.krate.as_ref());
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let private = quote!(#krate::__private_0_1);
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::ConfigMetrics for #ident #type_generics #where_clause {
            type Gauges = #private::NoGauges;

            fn set_metrics(&self, _: &#private::NoGauges) {}

            fn register_metrics(
                &self,
                _: &#private::Registry,
            ) -> ::core::result::Result<
                #private::Registered<#private::NoGauges>,
                #private::RegisterError<#private::NoGauges>,
            > {
                ::core::unreachable!()
            }
        }
    }
}

/// A label of one value, and a set of that label.
pub(crate) fn label_value(input: &DeriveInput) -> TokenStream {
    let options: ValueOptions = read_known(&input.attrs);
    let krate = crate_path(options.krate.as_ref());
    let private = quote!(#krate::__private_0_1);
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    // Named fields are a set, which the other derive makes if it is there too.
    let set = match &input.data {
        Data::Struct(data)
            if matches!(data.fields, Fields::Named(_)) && !options.display.is_present() =>
        {
            None
        }
        _ => Some(one_label(&private, input)),
    };
    let has_other = match &input.data {
        Data::Enum(data) => data.variants.iter().any(|variant| {
            let options: VariantOptions = read_known(&variant.attrs);
            options.other.is_present()
        }),
        _ => false,
    };
    let from = has_other.then(|| {
        quote! {
            #[automatically_derived]
            impl #impl_generics ::core::convert::From<&::core::primitive::str>
                for #ident #type_generics #where_clause
            {
                fn from(_: &::core::primitive::str) -> Self {
                    ::core::unreachable!()
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::LabelValue for #ident #type_generics #where_clause {
            const VALUES: #private::ValueSet = #private::ValueSet::known(&["?"]);
            fn position(&self) -> ::core::primitive::usize {
                0
            }
            fn visit_open(&self, _: &mut impl ::core::ops::FnMut(&::core::primitive::str)) {}
        }
        #set
        #from
    }
}

/// A set of one label of one value.
pub(crate) fn label_set(input: &DeriveInput) -> TokenStream {
    let options: SetOptions = read_known(&input.attrs);
    let krate = crate_path(options.krate.as_ref());
    match &input.data {
        // One label, of which the other derive makes a set if it is there too.
        Data::Enum(_) => TokenStream::new(),
        Data::Struct(data) if matches!(&data.fields, Fields::Unnamed(one) if one.unnamed.len() == 1) => {
            TokenStream::new()
        }
        _ => one_label(&quote!(#krate::__private_0_1), input),
    }
}

fn one_label(private: &TokenStream, input: &DeriveInput) -> TokenStream {
    let name = Case::SNAKE.spell(&input.ident.unraw().to_string());
    let body = SetBody {
        list: quote!(.label(#name, #private::ValueSet::known(&["?"]))),
        position: quote!(0),
        visit_open: quote!(let _ = __measurand_visit;),
        naming: quote!(Whole),
        values: (TokenStream::new(), quote!(::core::unreachable!())),
    };
    implement(private, &input.ident, &input.generics, &body)
}
