//! The declaration of one metric, and its checks.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::bounds::{bounds, number};
use super::{private, private_at};
use crate::ast::help::{Help, first_constant};
use crate::ast::kinds::may_lack_something;
use crate::ast::metrics::{Field, Metric, MetricsStruct, Mode, Role};
use crate::attr::field_values::ReadFunction;
use crate::attr::metrics::FieldOptions;
use crate::attr::native::{Native, NativeValue};
use crate::attr::quantiles::Quantiles;
use crate::attr::value::place;
use crate::checks::{called_at, check_rules, placed, text, waived};
use crate::diagnostics::Problem;

/// The type that stands for a field.
pub(super) struct Marker {
    ident: Ident,
    /// In the struct's scope, or in any if it is a group.
    pub(super) target: TokenStream,
    /// In a scope without a prefix, if the struct is a group.
    pub(super) checked: TokenStream,
}

impl Marker {
    pub(super) fn new(
        model: &MetricsStruct,
        index: usize,
        here: Span,
        private: &TokenStream,
    ) -> Self {
        let ident = format_ident!("__Field{index}", span = here);
        let (target, checked) = match model.mode {
            Mode::Group => (
                quote_spanned!(here=> #ident<__S>),
                quote_spanned!(here=> #ident<#private::NoScope>),
            ),
            _ => (quote_spanned!(here=> #ident), quote_spanned!(here=> #ident)),
        };
        Marker { ident, target, checked }
    }
}

/// A metric where it is declared.
struct Declaration<'a> {
    model: &'a MetricsStruct,
    field: &'a Field,
    metric: &'a Metric,
    marker: &'a Marker,
    is_calls: bool,
    /// The span of its tokens.
    here: Span,
    private: TokenStream,
    /// The family that options are about: of the three of calls, the durations.
    timed: TokenStream,
}

/// Declares one metric, with its checks.
pub(super) fn declare_field(
    model: &MetricsStruct,
    marker: &Marker,
    field: &Field,
    metric: &Metric,
) -> TokenStream {
    // Calls have the default span, so that a wrong type is one error.
    let is_calls = matches!(field.role, Role::Calls(_));
    let (here, private) = match is_calls {
        true => (Span::call_site(), private(model)),
        false => (model.here, private_at(model, model.here)),
    };
    let Marker { checked, .. } = marker;
    let timed = match is_calls {
        true => quote_spanned!(here=> #private::DurationsOf<#checked>),
        false => checked.clone(),
    };
    let declaration = Declaration { model, field, metric, marker, is_calls, here, private, timed };
    let (facts, checks) = (declaration.implement(), declaration.check());
    let help_check = check_help(&declaration.private, metric);
    let rule_checks = check_rules(&declaration.private, field.expected());
    quote_spanned! {here=>
        #facts
        #checks
        #help_check
        #rule_checks
    }
}

impl Declaration<'_> {
    /// Declares and implements the type that stands for the field.
    fn implement(&self) -> TokenStream {
        let Declaration { model, here, private, .. } = self;
        let (here, ident) = (*here, &model.ident);
        let Marker { ident: marker, target, .. } = self.marker;
        let (item, generics, scope) = match model.mode {
            Mode::Group => (
                quote_spanned!(here=> struct #marker<__S>(::core::marker::PhantomData<__S>);),
                quote_spanned!(here=> <__S: #private::Scope>),
                quote_spanned!(here=> __S),
            ),
            _ => (
                quote_spanned!(here=> enum #marker {}),
                TokenStream::new(),
                quote_spanned!(here=> #ident),
            ),
        };
        let (trait_name, metric_type, facts) = match self.is_calls {
            true => {
                (quote_spanned!(here=> CallsField), quote_spanned!(here=> Calls), self.call_facts())
            }
            false => (quote_spanned!(here=> Field), quote_spanned!(here=> Metric), self.facts()),
        };
        // With the default span, or the compiler would suggest parameters for it.
        let start = quote!(impl);
        let (named, ty) = named_type(ident, marker, &self.field.ty, here);
        quote_spanned! {here=>
            #item
            #named
            #start #generics #private::#trait_name for #target {
                type #metric_type = #ty;
                type Scope = #scope;
                #facts
            }
        }
    }

    fn facts(&self) -> TokenStream {
        let Declaration { model, here, private, metric, .. } = self;
        let (here, name) = (*here, &metric.name);
        let own_name = text(name, here);
        let help = help_text(private, &metric.help, here);
        let words = words(name).into_iter().map(|word| text(word, here));
        let words = quote_spanned!(here=> &[#(#words),*]);
        let facts = match model.mode {
            Mode::Group => quote_spanned!(here=> #private::group_facts(#own_name, #words, #help)),
            _ => {
                let full_name = text(&format!("{}{name}", model.prefix()), here);
                quote_spanned!(here=> #private::facts(#own_name, #full_name, #words, #help))
            }
        };
        let options = self.options().map(|options| quote_spanned!(here=> .with(#options)));
        quote_spanned!(here=> const FACTS: #private::FieldFacts = #facts #options;)
    }

    fn call_facts(&self) -> TokenStream {
        let Declaration { here, private, metric, .. } = self;
        let here = *here;
        let own_name = text(&metric.name, here);
        let help = help_text(private, &metric.help, here);
        let help = call_help(private, &metric.help, &help, here);
        let options = self.options();
        let options = options
            .map(|options| quote_spanned!(here=> const OPTIONS: #private::Options = #options;));
        quote_spanned! {here=>
            const NAME: &'static ::core::primitive::str = #own_name;
            const HELP: [&'static ::core::primitive::str; 3] = #help;
            #options
        }
    }

    /// Returns the options, if there are any.
    fn options(&self) -> Option<TokenStream> {
        let Declaration { model, field, here, private, .. } = self;
        let (here, given) = (*here, &field.options);
        let mut options = TokenStream::new();
        let is_utf8 = field.utf8().is_some() || model.utf8().is_some();
        if !field.expected().is_empty() || is_utf8 {
            let rules = waived(private, field.expected(), is_utf8, here);
            options.extend(quote_spanned!(here=> .waived(#rules)));
        }
        if let Some(buckets) = &given.buckets {
            let bounds = bounds(private, buckets, &self.timed, here);
            options.extend(quote_spanned!(here=> .buckets(#bounds)));
        }
        options.extend(given.native.as_ref().map(|native| self.native(native)));
        options.extend(self.constants());
        if given.zeros.is_present() {
            options.extend(quote_spanned!(here=> .zeros()));
        }
        if let Some(ReadFunction(function)) = &given.read {
            let (span, ty) = (function.span(), &field.ty);
            let read_as = called_at(private, span, "read_as");
            let value = quote_spanned!(span=> #read_as::<#ty, _>(#function));
            options.extend(quote_spanned!(here=> .read(|| #value)));
        }
        let options = (!options.is_empty()).then_some(options)?;
        Some(quote_spanned!(here=> #private::Options::NONE #options))
    }

    fn native(&self, native: &Native) -> TokenStream {
        let Declaration { here, private, .. } = self;
        let here = *here;
        let given = native.options.iter().map(|(name, value)| native_option(name, value, here));
        quote_spanned! {here=>
            .native({
                const __MEASURAND_NATIVE: #private::NativeOptions =
                    #private::NativeOptions::new() #(#given)*;
                __MEASURAND_NATIVE
            })
        }
    }

    /// Returns the options whose values are constants.
    fn constants(&self) -> TokenStream {
        let here = self.here;
        let FieldOptions { max_series, max_label_bytes, expire_after, max_age, .. } =
            &self.field.options;
        let FieldOptions { quantiles, age_buckets, .. } = &self.field.options;
        let limits = [("max_series", max_series), ("max_label_bytes", max_label_bytes)];
        let times = [("expire_after", expire_after), ("max_age", max_age)];
        let mut options = TokenStream::new();
        for (option, limit) in limits {
            let of = quote_spanned!(here=> ::core::primitive::usize);
            options.extend(limit.as_ref().map(|limit| {
                constant(option, "__MEASURAND_LIMIT", &of, limit.0.to_token_stream(), here)
            }));
        }
        for (option, time) in times {
            let of = quote_spanned!(here=> ::core::time::Duration);
            options.extend(time.as_ref().map(|time| {
                constant(option, "__MEASURAND_TIME", &of, time.0.to_token_stream(), here)
            }));
        }
        options.extend(quantiles.as_ref().map(|Quantiles { list, .. }| {
            let of = quote_spanned! {here=>
                &[(::core::primitive::f64, ::core::primitive::f64)]
            };
            let list = quote_spanned!(here=> &#list);
            constant("quantiles", "__MEASURAND_QUANTILES", &of, list, here)
        }));
        options.extend(age_buckets.as_ref().map(|ages| {
            let of = quote_spanned!(here=> ::core::primitive::u32);
            constant("age_buckets", "__MEASURAND_AGES", &of, ages.0.to_token_stream(), here)
        }));
        options
    }

    fn check(&self) -> TokenStream {
        let Declaration { field, metric, private, is_calls, timed, .. } = self;
        let Marker { checked, .. } = self.marker;
        let [check, check_waived] = match is_calls {
            true => ["check_calls", "check_calls_waived"],
            false => ["check", "check_waived"],
        };
        let mut checks = TokenStream::new();
        if metric.is_checked {
            let span = metric.span;
            let check = called_at(private, span, check);
            // All tokens have one span, so that the check is the same wherever the field stands.
            let checked = placed(checked.clone(), if *is_calls { self.here } else { span });
            checks.extend(quote_spanned!(span=> const _: () = #check::<#checked>();));
        }
        if let Some(rule) = field.expected().first() {
            let check = called_at(private, rule.span(), check_waived);
            checks.extend(quote_spanned!(rule.span()=> const _: () = #check::<#checked>();));
        }
        for (option, span) in checked_options(&field.options) {
            let Some(span) = span else { continue };
            let check = called_at(private, span, &format!("check_{option}"));
            checks.extend(quote_spanned!(span=> const _: () = #check::<#timed>();));
            if option == "native" {
                checks.extend(self.check_native());
            }
        }
        checks
    }

    fn check_native(&self) -> TokenStream {
        let Declaration { private, timed, .. } = self;
        let given = self.field.options.native.iter().flat_map(|native| &native.options);
        let check = |(name, value): &(Ident, NativeValue)| {
            let span = value.span();
            let check = called_at(private, span, "check_native_option");
            let option = text(&name.to_string(), span);
            quote_spanned!(span=> const _: () = #check::<#timed>(#option);)
        };
        given.map(check).collect()
    }
}

/// Returns the options that the runtime checks on their own, and where they are written.
fn checked_options(options: &FieldOptions) -> [(&'static str, Option<Span>); 10] {
    [
        ("utf8", place(&options.utf8)),
        ("buckets", options.buckets.as_ref().map(|buckets| buckets.span)),
        ("native", options.native.as_ref().map(|native| native.span)),
        ("max_series", options.max_series.as_ref().map(|limit| limit.0.span())),
        ("max_label_bytes", options.max_label_bytes.as_ref().map(|limit| limit.0.span())),
        ("expire_after", options.expire_after.as_ref().map(|time| time.0.span())),
        ("max_age", options.max_age.as_ref().map(|time| time.0.span())),
        ("zeros", place(&options.zeros)),
        ("quantiles", options.quantiles.as_ref().map(|quantiles| quantiles.span)),
        ("age_buckets", options.age_buckets.as_ref().map(|ages| ages.0.span())),
    ]
}

/// Sets an option to a constant of its own, so that a type error is only about this.
fn constant(
    option: &str,
    name: &str,
    of: &TokenStream,
    value: TokenStream,
    here: Span,
) -> TokenStream {
    let (option, name) = (Ident::new(option, here), Ident::new(name, here));
    quote_spanned! {here=>
        .#option({
            const #name: #of = #value;
            #name
        })
    }
}

/// Sets an option of native buckets.
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

/// Gives the type of a field a name of its own, if the compiler may report something missing in it.
/// It reports that wherever the type is written, and suggests parameters. The name has the span of
/// the struct's name, so that both reports are the same and one is shown.
fn named_type(ident: &Ident, marker: &Ident, ty: &Type, here: Span) -> (TokenStream, TokenStream) {
    if !may_lack_something(ty) {
        return (TokenStream::new(), ty.to_token_stream());
    }
    let mut name = Ident::new(&format!("{marker}Type"), ident.span());
    let named = quote_spanned!(here=> type #name = #ty;);
    // From the first token of the type to its last, so that an error is shown at all of it.
    name.set_span(ty.span());
    let end = ty.to_token_stream().into_iter().last().map_or(here, |token| token.span());
    let no_arguments = quote_spanned!(end=> <>);
    (named, quote!(#name #no_arguments))
}

/// Returns the words of a name, or none if it has unusual characters.
fn words(name: &str) -> Vec<&str> {
    let is_usual = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    match name.bytes().all(is_usual) && name.starts_with(|first: char| first.is_ascii_lowercase()) {
        true => name.split('_').collect(),
        false => Vec::new(),
    }
}

/// Returns the help text of a metric.
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

/// Checks that a help text is not blank if only the compiler knows it.
fn check_help(private: &TokenStream, metric: &Metric) -> TokenStream {
    let (span, problem) = match &metric.help {
        Help::Text(_) => return TokenStream::new(),
        Help::Constant(constant) => (constant.span(), Problem::blank_help()),
        Help::Documentation(parts) => {
            (first_constant(parts).span(), Problem::no_help(&metric.name))
        }
    };
    let message = problem.to_string();
    let check = called_at(private, span, "refuse_if");
    let text = help_text(private, &metric.help, span);
    quote_spanned!(span=> const _: () = #check(#text.is_empty(), #message);)
}

/// Returns the help texts of the three families of calls.
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
