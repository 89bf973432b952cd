//! The facts of one metric, and their checks.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::bounds::bounds;
use super::private;
use crate::ast::{Field, Help, Metric, MetricsStruct, Mode, Role};
use crate::attr::metrics::Buckets;
use crate::checks::{called_at, check_rules, rules};
use crate::valid;

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
    let help_check = check_help(&private, metric);
    let help = help_text(&private, help);
    let help = if is_calls { call_help(&private, &metric.help, &help) } else { help };
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
                package: #private::package(
                    ::core::option_env!("CARGO_PKG_NAME"),
                    ::core::module_path!(),
                ),
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
        #help_check
        #rule_checks
    }
}

/// The help of a metric.
fn help_text(private: &TokenStream, help: &Help) -> TokenStream {
    match help {
        Help::Text(text) => quote!(#text),
        Help::Constant(constant) => quote! {{
            // On its own, so that a type error is only about this.
            const __MEASURAND_HELP: &::core::primitive::str = #constant;
            __MEASURAND_HELP.trim_ascii()
        }},
        Help::Documentation(parts) => quote! {{
            const __MEASURAND_DOC: &[&::core::primitive::str] = &[#(#parts),*];
            const __MEASURAND_HELP: [::core::primitive::u8; #private::paragraph_len(__MEASURAND_DOC)] =
                #private::paragraph(__MEASURAND_DOC);
            #private::text(&__MEASURAND_HELP)
        }},
    }
}

/// Checks that a help is not blank that only the compiler knows.
fn check_help(private: &TokenStream, metric: &Metric) -> TokenStream {
    let (span, problem, help) = match &metric.help {
        Help::Text(_) => return TokenStream::new(),
        Help::Constant(constant) => {
            (constant.span(), valid::BLANK_HELP.to_owned(), valid::BLANK_HELP_HELP)
        }
        Help::Documentation(parts) => {
            let constant = valid::help::first_constant(parts);
            (constant.span(), valid::no_help(&metric.name), valid::NO_HELP_HELP)
        }
    };
    let message = format!("{problem}\nhelp: {help}");
    let check = called_at(private, span, "refuse_if");
    let text = help_text(private, &metric.help);
    quote_spanned!(span=> const _: () = #check(#text.is_empty(), #message);)
}

/// The help of the three families of calls.
fn call_help(private: &TokenStream, help: &Help, text: &TokenStream) -> TokenStream {
    let families =
        ["calls that have ended, by how they ended", "time that a call took", "calls that run now"];
    if let Help::Text(what) = help {
        let what = what.trim_end_matches('.');
        let texts = families.map(|family| format!("{what}: {family}."));
        return quote!([#(#texts),*]);
    }
    let texts = families.map(|family| {
        let family = format!(": {family}.");
        quote! {{
            const __MEASURAND_PARTS: &[&::core::primitive::str] =
                &[#private::without_full_stop(__MEASURAND_WHAT), #family];
            const __MEASURAND_HELP: [::core::primitive::u8; #private::joined_len(__MEASURAND_PARTS)] =
                #private::joined(__MEASURAND_PARTS);
            #private::text(&__MEASURAND_HELP)
        }}
    });
    quote! {{
        const __MEASURAND_WHAT: &::core::primitive::str = #text;
        [#(#texts),*]
    }}
}
