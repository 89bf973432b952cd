//! What to generate for a struct that is too far off to be one, so that its users compile.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::attr::{self, StructOptions};
use crate::diagnostics::Diagnostics;

/// `global()` and the static of that name, neither of any use.
pub(crate) fn stub(input: &DeriveInput) -> TokenStream {
    let mut ignored = Diagnostics::default();
    let (options, _) = attr::read::<StructOptions>(&input.attrs, &mut ignored);
    let krate = options.krate.map_or_else(|| syn::parse_quote!(::measurand), |path| path.0);
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
