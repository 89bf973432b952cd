//! The tokens of `#[derive(ConfigMetrics)]`: a struct of gauges, which `#[derive(Metrics)]` makes
//! metrics, and what sets them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::ast::config::{ConfigGauge, ConfigStruct};

/// The struct of gauges, and what sets them.
pub(crate) fn generate(model: &ConfigStruct) -> TokenStream {
    let ConfigStruct { ident, generics, krate, attributes: of_struct, gauges, .. } = model;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let private = quote!(#krate::__private_0_1);
    let gauges_ident = format_ident!("{}Gauges", ident.unraw(), span = ident.span());
    let fields = gauges.iter().map(|ConfigGauge { name, unit, attributes, .. }| {
        let span = name.span();
        let unit = unit.as_ref().map(|unit| quote_spanned!(span=> <#krate::unit::#unit>));
        quote_spanned!(span=> #(#attributes)* #name: #krate::Gauge #unit)
    });
    let sets = gauges.iter().map(|ConfigGauge { field, name, attributes, .. }| {
        let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        quote!(#(#conditions)* #private::set_gauge(&__measurand_gauges.#name, &self.#field);)
    });
    quote! {
        const _: () = {
            #[derive(#krate::Metrics)]
            #(#of_struct)*
            #[metrics(instance)]
            pub struct #gauges_ident {
                #(#fields,)*
            }

            #[automatically_derived]
            impl #impl_generics #krate::ConfigMetrics for #ident #type_generics #where_clause {
                type Gauges = #gauges_ident;

                fn set_metrics(&self, __measurand_gauges: &#gauges_ident) {
                    #(#sets)*
                }

                fn register_metrics(
                    &self,
                    __measurand_registry: &#private::Registry,
                ) -> ::core::result::Result<
                    #private::Registered<#gauges_ident>,
                    #private::RegisterError<#gauges_ident>,
                > {
                    let __measurand_gauges = #gauges_ident::register(__measurand_registry)?;
                    #krate::ConfigMetrics::set_metrics(self, &__measurand_gauges);
                    ::core::result::Result::Ok(__measurand_gauges)
                }
            }
        };
    }
}
