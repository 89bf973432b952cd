//! What all metrics of a struct have in common, and its checks.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{private, private_at};
use crate::ast::help::literal;
use crate::ast::metrics::{MetricsStruct, Mode, PrefixPart};
use crate::checks::{called_at, check_rules, rules, text, waived};
use crate::diagnostics::Problem;

/// Declares what all metrics of a struct that is not a group have in common.
pub(super) fn declare_scope(model: &MetricsStruct) -> TokenStream {
    let (ident, here) = (&model.ident, model.here);
    let private = private_at(model, here);
    let prefix = text(&model.prefix(), here);
    let labels = label_constants(model);
    let denied = model.options.deny.as_ref().map(|denied| {
        let denied = rules(&private, &denied.0, here);
        quote_spanned!(here=> const DENIED: #private::Rules = #denied;)
    });
    let linked = matches!(model.mode, Mode::Static { is_linked: true, .. }).then(|| {
        quote_spanned! {here=>
            const LINKED: ::core::option::Option<fn() -> #private::Linked> =
                ::core::option::Option::Some(|| #private::Linked::of_struct(
                    #ident::global(),
                    <#ident as #private::DeclaredStruct<#ident>>::DECLARATIONS,
                ));
        }
    });
    let legacy = (model.is_legacy || model.utf8().is_some()).then(|| {
        let rules = with_legacy(model, rules(&private, &[], here), here);
        quote_spanned!(here=> const LEGACY: #private::Rules = #rules;)
    });
    let start = quote!(impl);
    quote_spanned! {here=>
        #[automatically_derived]
        #start #private::Scope for #ident {
            const PREFIX: &'static ::core::primitive::str = #prefix;
            #labels
            #denied
            #linked
            #legacy
        }
    }
}

/// Returns the constants of an instance's label names and of the constant labels, if there are any.
fn label_constants(model: &MetricsStruct) -> TokenStream {
    let here = model.here;
    let name = |label: &Ident| text(&label.unraw().to_string(), here);
    let names: Vec<_> = model.instance_labels().iter().map(|(label, _)| name(label)).collect();
    let names = (!names.is_empty()).then(|| {
        quote_spanned! {here=>
            const LABEL_NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
        }
    });
    let labels = model.const_labels.iter().map(|(label, value)| {
        let name = name(label);
        quote_spanned!(here=> (#name, #value))
    });
    let labels = (!model.const_labels.is_empty()).then(|| {
        quote_spanned! {here=>
            const CONST_LABELS: &'static [(
                &'static ::core::primitive::str,
                &'static ::core::primitive::str,
            )] = &[#(#labels),*];
        }
    });
    quote!(#names #labels)
}

/// Adds to these rules what is waived or allowed for all names of the struct.
pub(super) fn with_legacy(model: &MetricsStruct, rules: TokenStream, here: Span) -> TokenStream {
    let private = private_at(model, here);
    let rules = match model.is_legacy {
        true => quote_spanned!(here=> #rules.or(#private::LEGACY)),
        false => rules,
    };
    match model.utf8() {
        Some(_) => {
            let utf8 = waived(&private, &[], true, here);
            quote_spanned!(here=> #rules.or(#utf8))
        }
        None => rules,
    }
}

/// Checks the prefix and the labels of the struct.
pub(super) fn check_scope(model: &MetricsStruct) -> TokenStream {
    let private = private(model);
    let mut checks = check_rules(&private, model.expected());
    checks.extend(check_prefix(model, &private));
    checks.extend(check_labels(model, &private));
    checks.extend(check_waivers(model, &private));
    checks
}

/// Returns the descriptors of the struct. All tokens have one span, so that a check is the same
/// wherever the struct stands.
fn checked_at(model: &MetricsStruct, span: Span) -> TokenStream {
    let private = private_at(model, span);
    let mut ident = model.ident.clone();
    ident.set_span(span);
    quote_spanned!(span=> <#ident as #private::DeclaredStruct<#ident>>::CHECKED)
}

/// Returns the rules that prefix and labels may break.
fn waived_at(model: &MetricsStruct, span: Span) -> TokenStream {
    with_legacy(model, rules(&private_at(model, span), model.expected(), span), span)
}

fn check_prefix(model: &MetricsStruct, private: &TokenStream) -> TokenStream {
    let mut checks = TokenStream::new();
    let mut before = String::new();
    for PrefixPart { option, text: part, span } in &model.prefix {
        let check = called_at(private, *span, "check_scope_prefix");
        let [option, before_it, word] = [option, &*before, part].map(|it| text(it, *span));
        let (checked, waived) = (checked_at(model, *span), waived_at(model, *span));
        checks.extend(quote_spanned! {*span=>
            const _: () = #check(#option, #before_it, #word, #checked, #waived);
        });
        before.push_str(part);
    }
    checks
}

fn check_labels(model: &MetricsStruct, private: &TokenStream) -> TokenStream {
    let mut checks = TokenStream::new();
    for label in model.labels() {
        let span = label.span();
        let check = called_at(private, span, "check_label");
        let (checked, waived) = (checked_at(model, span), waived_at(model, span));
        let label = text(&label.unraw().to_string(), span);
        checks.extend(quote_spanned!(span=> const _: () = #check(#label, #checked, #waived);));
    }
    for (label, value) in &model.const_labels {
        if literal(value).is_some() {
            continue;
        }
        let message = Problem::empty_label(label).to_string();
        let check = called_at(private, value.span(), "refuse_if");
        checks.extend(quote_spanned! {value.span()=>
            const _: () = {
                const __MEASURAND_VALUE: &::core::primitive::str = #value;
                #check(__MEASURAND_VALUE.is_empty(), #message)
            };
        });
    }
    checks
}

/// Checks that each waiver is needed.
fn check_waivers(model: &MetricsStruct, private: &TokenStream) -> TokenStream {
    let mut checks = TokenStream::new();
    let prefix = model.prefix();
    let labels: Vec<String> = model.labels().map(|label| label.unraw().to_string()).collect();
    if let Some(rule) = model.expected().first() {
        let span = rule.span();
        let check = called_at(private, span, "check_struct_waived");
        let only_expected = rules(private, model.expected(), span);
        checks.extend(quote_spanned! {span=>
            const _: () = #check(#prefix, &[#(#labels),*], #only_expected);
        });
    }
    if let Some(span) = model.utf8() {
        let check = called_at(private, span, "check_struct_utf8");
        let checked = checked_at(model, span);
        checks.extend(quote_spanned!(span=> const _: () = #check(#prefix, #checked);));
    }
    if let Some(legacy) = &model.options.legacy {
        let span = legacy.0;
        let check = called_at(private, span, "check_legacy");
        let checked = checked_at(model, span);
        checks.extend(quote_spanned!(span=> const _: () = #check(&[#(#labels),*], #checked);));
    }
    checks
}

/// Checks a group's prefix; `before` is the prefix of the struct.
pub(super) fn check_group_prefix(
    private: &TokenStream,
    part: &PrefixPart,
    before: &TokenStream,
    waived: &TokenStream,
) -> TokenStream {
    let PrefixPart { option, text, span } = part;
    let check = called_at(private, *span, "check_prefix");
    quote_spanned!(*span=> const _: () = #check(#option, #before, #text, #waived);)
}
