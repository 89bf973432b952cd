//! The facts of one metric, and their checks.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::bounds::{bounds, number};
use super::{private, private_at};
use crate::ast::{Field, Help, Metric, MetricsStruct, Mode, Role};
use crate::attr::buckets::Buckets;
use crate::attr::native::{Native, NativeValue};
use crate::attr::quantiles::Quantiles;
use crate::checks::{called_at, check_rules, placed, text, waived};
use crate::valid::{self, family};

/// The facts of one metric.
pub(super) fn declare_field(
    model: &MetricsStruct,
    marker: &Ident,
    field: &Field,
    metric: &Metric,
) -> TokenStream {
    // Calls as a whole, so that a type that is another one is one error.
    let is_calls = matches!(field.role, Role::Calls(_));
    let (here, private) = match is_calls {
        true => (Span::call_site(), private(model)),
        false => (model.here, private_at(model, model.here)),
    };
    let Metric {
        name,
        span,
        help,
        buckets,
        native,
        max_series,
        max_label_bytes,
        expire_after,
        zeros,
        quantiles,
        max_age,
        age_buckets,
        read,
        utf8,
        expected,
        is_checked,
    } = metric;
    let ty = &field.ty;
    let is_group = matches!(model.mode, Mode::Group);
    let ident = &model.ident;
    let (item, target, generics, scope, checked) = if is_group {
        (
            quote_spanned!(here=> struct #marker<__S>(::core::marker::PhantomData<__S>);),
            quote_spanned!(here=> #marker<__S>),
            quote_spanned!(here=> <__S: #private::Scope>),
            quote_spanned!(here=> __S),
            quote_spanned!(here=> #marker<#private::NoScope>),
        )
    } else {
        (
            quote_spanned!(here=> enum #marker {}),
            quote_spanned!(here=> #marker),
            TokenStream::new(),
            quote_spanned!(here=> #ident),
            quote_spanned!(here=> #marker),
        )
    };
    // Of the three families of calls, the durations are what options are about.
    let (trait_name, metric_type, [check, check_waived]) = match is_calls {
        false => {
            (quote_spanned!(here=> Field), quote_spanned!(here=> Metric), ["check", "check_waived"])
        }
        true => (
            quote_spanned!(here=> CallsField),
            quote_spanned!(here=> Calls),
            ["check_calls", "check_calls_waived"],
        ),
    };
    let timed = if is_calls {
        quote_spanned!(here=> #private::DurationsOf<#checked>)
    } else {
        checked.clone()
    };
    let help_check = check_help(&private, metric);
    let help = help_text(&private, help, here);
    let help = if is_calls { call_help(&private, &metric.help, &help, here) } else { help };
    let limits = [
        (quote_spanned!(here=> max_series), max_series, "check_max_series"),
        (quote_spanned!(here=> max_label_bytes), max_label_bytes, "check_max_label_bytes"),
    ];
    let mut options = TokenStream::new();
    let is_utf8 = utf8.is_some() || model.utf8.is_some();
    if !expected.is_empty() || is_utf8 {
        let rules = waived(&private, expected, is_utf8, here);
        options.extend(quote_spanned!(here=> .waived(#rules)));
    }
    if let Some(buckets) = buckets {
        let bounds = bounds(&private, buckets, &timed, here);
        options.extend(quote_spanned!(here=> .buckets(#bounds)));
    }
    if let Some(Native { options: given, .. }) = native {
        let given = given.iter().map(|(name, value)| native_option(name, value, here));
        options.extend(quote_spanned! {here=>
            .native({
                const __MEASURAND_NATIVE: #private::NativeOptions =
                    #private::NativeOptions::new() #(#given)*;
                __MEASURAND_NATIVE
            })
        });
    }
    for (option, limit, _) in &limits {
        if let Some(limit) = limit {
            options.extend(quote_spanned! {here=>
                .#option({
                    // On its own, so that a type error is only about this.
                    const __MEASURAND_LIMIT: ::core::primitive::usize = #limit;
                    __MEASURAND_LIMIT
                })
            });
        }
    }
    let times = [
        (quote_spanned!(here=> expire_after), expire_after, "check_expire_after"),
        (quote_spanned!(here=> max_age), max_age, "check_max_age"),
    ];
    for (option, time, _) in &times {
        if let Some(time) = time {
            options.extend(quote_spanned! {here=>
                .#option({
                    const __MEASURAND_TIME: ::core::time::Duration = #time;
                    __MEASURAND_TIME
                })
            });
        }
    }
    if let Some(Quantiles { list, .. }) = quantiles {
        options.extend(quote_spanned! {here=>
            .quantiles({
                const __MEASURAND_QUANTILES:
                    &[(::core::primitive::f64, ::core::primitive::f64)] = &#list;
                __MEASURAND_QUANTILES
            })
        });
    }
    if let Some(ages) = age_buckets {
        options.extend(quote_spanned! {here=>
            .age_buckets({
                const __MEASURAND_AGES: ::core::primitive::u32 = #ages;
                __MEASURAND_AGES
            })
        });
    }
    if zeros.is_some() {
        options.extend(quote_spanned!(here=> .zeros()));
    }
    if let Some(function) = read {
        let span = function.span();
        let read_as = called_at(&private, span, "read_as");
        let value = quote_spanned!(span=> #read_as::<#ty, _>(#function));
        options.extend(quote_spanned!(here=> .read(|| #value)));
    }
    if !options.is_empty() {
        options = quote_spanned!(here=> #private::Options::NONE #options);
    }
    let own_name = text(name, here);
    let facts = if is_calls {
        let options = (!options.is_empty())
            .then(|| quote_spanned!(here=> const OPTIONS: #private::Options = #options;));
        quote_spanned! {here=>
            const NAME: &'static ::core::primitive::str = #own_name;
            const HELP: [&'static ::core::primitive::str; 3] = #help;
            #options
        }
    } else {
        let words = words(name).into_iter().map(|word| text(word, here));
        let words = quote_spanned!(here=> &[#(#words),*]);
        let facts = if is_group {
            quote_spanned!(here=> #private::group_facts(#own_name, #words, #help))
        } else {
            let full_name = text(&format!("{}{name}", model.prefix()), here);
            quote_spanned!(here=> #private::facts(#own_name, #full_name, #words, #help))
        };
        let options = (!options.is_empty()).then(|| quote_spanned!(here=> .with(#options)));
        quote_spanned!(here=> const FACTS: #private::Facts = #facts #options;)
    };
    let rule_checks = check_rules(&private, expected);
    let mut checks = TokenStream::new();
    if *is_checked {
        let check = called_at(&private, *span, check);
        // All of it at its place, so that it is the same wherever that is.
        let checked = placed(checked.clone(), if is_calls { here } else { *span });
        checks.extend(quote_spanned!(*span=> const _: () = #check::<#checked>();));
    }
    if let Some(rule) = expected.first() {
        let check = called_at(&private, rule.span(), check_waived);
        checks.extend(quote_spanned!(rule.span()=> const _: () = #check::<#checked>();));
    }
    if let Some(span) = utf8 {
        let check = called_at(&private, *span, "check_utf8");
        checks.extend(quote_spanned!(*span=> const _: () = #check::<#timed>();));
    }
    if let Some(Buckets { span, .. }) = buckets {
        let check = called_at(&private, *span, "check_buckets");
        checks.extend(quote_spanned!(*span=> const _: () = #check::<#timed>();));
    }
    if let Some(Native { options, span }) = native {
        let check = called_at(&private, *span, "check_native");
        checks.extend(quote_spanned!(*span=> const _: () = #check::<#timed>();));
        for (name, value) in options {
            let span = value.span();
            let check = called_at(&private, span, "check_native_option");
            let option = text(&name.to_string(), span);
            checks.extend(quote_spanned!(span=> const _: () = #check::<#timed>(#option);));
        }
    }
    let limited =
        limits.iter().filter_map(|(_, limit, check)| Some((limit.as_ref()?.span(), *check)));
    let timed_out =
        times.iter().filter_map(|(_, time, check)| Some((time.as_ref()?.span(), *check)));
    let zeros = zeros.map(|span| (span, "check_zeros"));
    let quantiles = quantiles.as_ref().map(|quantiles| (quantiles.span, "check_quantiles"));
    let ages = age_buckets.as_ref().map(|ages| (ages.span(), "check_age_buckets"));
    for (span, check) in limited.chain(timed_out).chain(zeros).chain(quantiles).chain(ages) {
        let check = called_at(&private, span, check);
        checks.extend(quote_spanned!(span=> const _: () = #check::<#timed>();));
    }
    // No help is to offer parameters for it.
    let start = quote!(impl);
    let (named, ty) = named_type(ident, marker, ty, here);
    quote_spanned! {here=>
        #item
        #named
        #start #generics #private::#trait_name for #target {
            type #metric_type = #ty;
            type Scope = #scope;
            #facts
        }
        #checks
        #help_check
        #rule_checks
    }
}

/// An option of native buckets, as the runtime takes it.
fn native_option(name: &Ident, value: &NativeValue, here: Span) -> TokenStream {
    let of = match name.to_string().as_str() {
        "schema" => quote_spanned!(here=> ::core::primitive::i8),
        "max_buckets" => quote_spanned!(here=> ::core::primitive::u32),
        "min_reset" => quote_spanned!(here=> ::core::time::Duration),
        _ => quote_spanned!(here=> ::core::primitive::f64),
    };
    let value = match value {
        NativeValue::Float(value) => number(value),
        NativeValue::Constant(value) => value.to_token_stream(),
        NativeValue::Milliseconds(time, _) => {
            quote_spanned!(here=> ::core::time::Duration::from_millis(#time))
        }
    };
    let mut name = name.clone();
    name.set_span(here);
    quote_spanned! {here=>
        .#name({
            // On its own, so that a type error is only about this.
            #[allow(trivial_numeric_casts, reason = "a number may be a float already")]
            const __MEASURAND_VALUE: #of = #value;
            __MEASURAND_VALUE
        })
    }
}

/// The type of a field, by a name of its own where the compiler may miss something in it. It says so
/// wherever the type is written, and offers parameters where it can: so that it says the same twice,
/// which it shows once, the name stands where the struct's does.
fn named_type(ident: &Ident, marker: &Ident, ty: &Type, here: Span) -> (TokenStream, TokenStream) {
    if !family::may_lack_something(ty) {
        return (TokenStream::new(), ty.to_token_stream());
    }
    let mut name = Ident::new(&format!("{marker}Type"), ident.span());
    let named = quote_spanned!(here=> type #name = #ty;);
    // From the first token of the type to its last, so that an error is shown at all of it.
    name.set_span(ty.span());
    let end = ty.to_token_stream().into_iter().last().map_or(here, |token| token.span());
    let brackets = quote_spanned!(end=> <>);
    (named, quote!(#name #brackets))
}

/// The words of a name, unless it has other letters than those that most names have.
fn words(name: &str) -> Vec<&str> {
    let is_usual = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    match name.bytes().all(is_usual) && name.starts_with(|first: char| first.is_ascii_lowercase()) {
        true => name.split('_').collect(),
        false => Vec::new(),
    }
}

/// The help of a metric.
fn help_text(private: &TokenStream, help: &Help, here: Span) -> TokenStream {
    match help {
        Help::Text(help) => text(help, here).into_token_stream(),
        Help::Constant(constant) => quote_spanned! {here=>{
            // On its own, so that a type error is only about this.
            const __MEASURAND_HELP: &::core::primitive::str = #constant;
            __MEASURAND_HELP.trim_ascii()
        }},
        Help::Documentation(parts) => quote_spanned! {here=>{
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
    let text = help_text(private, &metric.help, span);
    quote_spanned!(span=> const _: () = #check(#text.is_empty(), #message);)
}

/// The help of the three families of calls.
fn call_help(private: &TokenStream, help: &Help, text: &TokenStream, here: Span) -> TokenStream {
    let families =
        ["calls that have ended, by how they ended", "time that a call took", "calls that run now"];
    if let Help::Text(what) = help {
        let what = what.trim_end_matches('.');
        let texts = families.map(|family| format!("{what}: {family}."));
        return quote_spanned!(here=> [#(#texts),*]);
    }
    let texts = families.map(|family| {
        let family = format!(": {family}.");
        quote_spanned! {here=>{
            const __MEASURAND_PARTS: &[&::core::primitive::str] =
                &[#private::without_full_stop(__MEASURAND_WHAT), #family];
            const __MEASURAND_HELP: [::core::primitive::u8; #private::joined_len(__MEASURAND_PARTS)] =
                #private::joined(__MEASURAND_PARTS);
            #private::text(&__MEASURAND_HELP)
        }}
    });
    quote_spanned! {here=>{
        const __MEASURAND_WHAT: &::core::primitive::str = #text;
        [#(#texts),*]
    }}
}
