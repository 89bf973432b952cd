//! The facts of one metric, and their checks.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::private;
use crate::ast::{Field, Metric, MetricsStruct, Mode, Role};
use crate::attr::metrics::{Bounds, Buckets};
use crate::checks::{called_at, check_rules, rules};

/// The facts of one metric.
pub(super) fn declare_field(
    model: &MetricsStruct,
    marker: &Ident,
    field: &Field,
    metric: &Metric,
) -> TokenStream {
    let private = private(model);
    let Metric {
        name,
        span,
        help,
        buckets,
        max_series,
        max_label_bytes,
        expire_after,
        zeros,
        expected,
        is_checked,
    } = metric;
    let ty = &field.ty;
    let is_group = matches!(model.mode, Mode::Group);
    let ident = &model.ident;
    let (item, target, generics, scope, checked) = if is_group {
        (
            quote!(struct #marker<__S>(::core::marker::PhantomData<__S>);),
            quote!(#marker<__S>),
            quote!(<__S: #private::Scope>),
            quote!(__S),
            quote!(#marker<#private::NoScope>),
        )
    } else {
        (
            quote!(enum #marker {}),
            quote!(#marker),
            TokenStream::new(),
            quote!(#ident),
            quote!(#marker),
        )
    };
    let waived = if expected.is_empty() {
        TokenStream::new()
    } else {
        let rules = rules(&private, expected);
        quote!(const WAIVED: #private::Rules = #rules;)
    };
    // Of the three families of calls, the durations are what options are about.
    let is_calls = matches!(field.role, Role::Calls(_));
    let (trait_name, metric_type, [check, check_waived]) = match is_calls {
        false => (quote!(Field), quote!(Metric), ["check", "check_waived"]),
        true => (quote!(CallsField), quote!(Calls), ["check_calls", "check_calls_waived"]),
    };
    let timed = if is_calls { quote!(#private::DurationsOf<#checked>) } else { checked.clone() };
    let help = if is_calls { call_help(help) } else { quote!(#help) };
    let help_type = if is_calls {
        quote!([&'static ::core::primitive::str; 3])
    } else {
        quote!(&'static ::core::primitive::str)
    };
    let bounds = buckets.as_ref().map(|buckets| {
        let value = bounds(&private, buckets, &timed);
        quote! {
            const BUCKETS: ::core::option::Option<#private::Buckets> =
                ::core::option::Option::Some(#value);
        }
    });
    let limits = [
        (quote!(MAX_SERIES), max_series, "check_max_series"),
        (quote!(MAX_LABEL_BYTES), max_label_bytes, "check_max_label_bytes"),
    ];
    let limit_constants = limits.iter().filter_map(|(constant, limit, _)| {
        let limit = limit.as_ref()?;
        Some(quote! {
            const #constant: ::core::option::Option<::core::primitive::usize> =
                {
                    // On its own, so that a type error is only about this.
                    const __MEASURAND_LIMIT: ::core::primitive::usize = #limit;
                    ::core::option::Option::Some(__MEASURAND_LIMIT)
                };
        })
    });
    let expiry = expire_after.as_ref().map(|after| {
        quote! {
            const EXPIRE_AFTER: ::core::option::Option<::core::time::Duration> =
                ::core::option::Option::Some(#after);
        }
    });
    let shows_zeros = zeros.map(|_| {
        quote!(
            const ZEROS: ::core::primitive::bool = true;
        )
    });
    let rule_checks = check_rules(&private, expected);
    let mut checks = TokenStream::new();
    if *is_checked {
        let check = called_at(&private, *span, check);
        checks.extend(quote_spanned!(*span=> const _: () = #check::<#checked>();));
    }
    if let Some(rule) = expected.first() {
        let check = called_at(&private, rule.span(), check_waived);
        checks.extend(quote_spanned!(rule.span()=> const _: () = #check::<#checked>();));
    }
    if let Some(Buckets { span, .. }) = buckets {
        let check = called_at(&private, *span, "check_buckets");
        checks.extend(quote_spanned!(*span=> const _: () = #check::<#timed>();));
    }
    let limited =
        limits.iter().filter_map(|(_, limit, check)| Some((limit.as_ref()?.span(), *check)));
    let expiring = expire_after.as_ref().map(|after| (after.span(), "check_expire_after"));
    let zeros = zeros.map(|span| (span, "check_zeros"));
    for (span, check) in limited.chain(expiring).chain(zeros) {
        let check = called_at(&private, span, check);
        checks.extend(quote_spanned!(span=> const _: () = #check::<#timed>();));
    }
    // The place is that of the field.
    let line = quote_spanned!(*span=> ::core::line!());
    quote! {
        #item
        impl #generics #private::#trait_name for #target {
            type #metric_type = #ty;
            type Scope = #scope;
            const NAME: &'static ::core::primitive::str = #name;
            const HELP: #help_type = #help;
            const LOCATION: #private::Location = #private::Location {
                package: ::core::env!("CARGO_PKG_NAME"),
                file: ::core::file!(),
                line: #line,
            };
            #waived
            #bounds
            #(#limit_constants)*
            #expiry
            #shows_zeros
        }
        #checks
        #rule_checks
    }
}

/// The help of the three families of calls.
fn call_help(help: &str) -> TokenStream {
    let what = help.trim_end_matches('.');
    let texts =
        ["calls that have ended, by how they ended", "time that a call took", "calls that run now"];
    let texts = texts.map(|text| format!("{what}: {text}."));
    quote!([#(#texts),*])
}

fn bounds(private: &TokenStream, buckets: &Buckets, field: &TokenStream) -> TokenStream {
    let mut origin = quote!(#private::Origin::Written);
    let bounds = match &buckets.bounds {
        Bounds::List(bounds) => quote!(&[#((#bounds) as ::core::primitive::f64),*]),
        Bounds::Progression(name, args) => {
            let [first, second, count] = &**args;
            origin = quote! {
                #private::Origin::#name(
                    (#first) as ::core::primitive::f64,
                    (#second) as ::core::primitive::f64,
                )
            };
            quote! {
                &#private::progression::<#field, { #count }>(__MEASURAND_ORIGIN)
            }
        }
        Bounds::Const(bounds) => quote!(&#bounds),
    };
    quote! {{
        const __MEASURAND_ORIGIN: #private::Origin = #origin;
        const __MEASURAND_BOUNDS: &[::core::primitive::f64] = #bounds;
        #private::Buckets {
            bounds: __MEASURAND_BOUNDS,
            stored: &#private::stored::<#field, { __MEASURAND_BOUNDS.len() }>(__MEASURAND_BOUNDS),
            origin: __MEASURAND_ORIGIN,
        }
    }}
}
