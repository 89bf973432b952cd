//! The tokens of `#[derive(LabelValue)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::ast::labels::{LabelType, LabelValues, Variant};
use crate::checks::check_label;
use crate::label_tokens::{SetBody, implement, show};

/// The implementations of `LabelValue`, and of `LabelSet` for the label alone.
pub(crate) fn generate(model: &LabelType) -> TokenStream {
    let LabelType { ident, generics, krate, label, values, .. } = model;
    let private = quote!(#krate::__private_0_1);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let (items, from) = match values {
        LabelValues::Variants(variants) => {
            let other = variants.iter().find(|variant| variant.options.other.is_present());
            let from = other.map(|other| from_text(ident, variants, &other.ident));
            (closed(&private, variants), from)
        }
        LabelValues::Inner(ty) => (inner(&private, ty), None),
        LabelValues::DisplayedInner(ty) => {
            (open(&private, &show(&private, ty, &quote!(self.0))), None)
        }
        LabelValues::Displayed(span, inner) => {
            (open(&private, &show_self(&private, *span, inner.as_ref())), None)
        }
    };
    let name = &label.name;
    let set = implement(
        &private,
        ident,
        generics,
        &SetBody {
            list: quote!(.label(#name, <Self as #private::LabelValue>::VALUES)),
            position: quote!(#private::LabelValue::position(self)),
            visit_open: quote!(#private::LabelValue::visit_open(self, __measurand_visit);),
            naming: quote!(ByLabel),
            values: (quote!(Self,), quote!(__measurand_values.0)),
        },
    );
    let checks = check_label(&private, label);
    quote! {
        #[allow(deprecated, reason = "whoever uses what is deprecated is told there")]
        const _: () = {
            #[automatically_derived]
            impl #impl_generics #private::LabelValue for #ident #type_generics #where_clause {
                #items
            }

            #set
            #from
            #checks
        };
    }
}

/// The values of the variants.
fn closed(private: &TokenStream, variants: &[Variant]) -> TokenStream {
    let values = variants.iter().map(|variant| &variant.value);
    let idents = variants.iter().map(|variant| &variant.ident);
    let positions = 0..variants.len();
    quote! {
        const VALUES: #private::ValueSet = #private::ValueSet::known(&[#(#values),*]);
        #[inline]
        fn position(&self) -> ::core::primitive::usize {
            match self {
                #(Self::#idents => #positions,)*
            }
        }
        #[inline]
        fn visit_open(
            &self,
            _: &mut impl ::core::ops::FnMut(&::core::primitive::str),
        ) {
        }
    }
}

/// The values of the type inside.
fn inner(private: &TokenStream, ty: &Type) -> TokenStream {
    // At the type, where it is an error if it is no label value.
    let as_value = quote_spanned!(ty.span()=> <#ty as #private::LabelValue>);
    quote! {
        const VALUES: #private::ValueSet = #as_value::VALUES;
        #[inline]
        fn position(&self) -> ::core::primitive::usize {
            #as_value::position(&self.0)
        }
        #[inline]
        fn visit_open(
            &self,
            __measurand_visit: &mut impl ::core::ops::FnMut(&::core::primitive::str),
        ) {
            #as_value::visit_open(&self.0, __measurand_visit);
        }
    }
}

/// Values that are shown so.
fn open(private: &TokenStream, show: &TokenStream) -> TokenStream {
    quote! {
        const VALUES: #private::ValueSet = #private::ValueSet::OPEN;
        #[inline]
        fn position(&self) -> ::core::primitive::usize {
            0
        }
        fn visit_open(
            &self,
            __measurand_visit: &mut impl ::core::ops::FnMut(&::core::primitive::str),
        ) {
            #show
        }
    }
}

/// Shows what `Display` writes of the type, or of what is inside.
fn show_self(private: &TokenStream, span: Span, inner: Option<&Type>) -> TokenStream {
    if inner.is_none() {
        let displayed = quote_spanned!(span=> <Self as #private::Displayed>);
        return quote!(#displayed::show(self, __measurand_visit););
    }
    let show = Ident::new("measurand_show", span);
    quote! {
        use #private::{ShowInner as _, ShowNeither as _};
        (&#private::Newtype(self, &self.0)).#show(__measurand_visit);
    }
}

/// The variant of a value.
fn from_text(ident: &Ident, variants: &[Variant], other: &Ident) -> TokenStream {
    let named = variants.iter().filter(|variant| variant.ident != *other);
    let values = named.clone().map(|variant| &variant.value);
    let idents = named.map(|variant| &variant.ident);
    // Another such implementation is an error at `other`.
    quote_spanned! {other.span()=>
        #[automatically_derived]
        impl ::core::convert::From<&::core::primitive::str> for #ident {
            /// The variant of that value, or else the one that stands for all others.
            fn from(__measurand_value: &::core::primitive::str) -> Self {
                match __measurand_value {
                    #(#values => Self::#idents,)*
                    _ => Self::#other,
                }
            }
        }
    }
}
