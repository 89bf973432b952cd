//! The tokens of `#[derive(Metrics)]`: plain facts, and calls of the runtime.

mod bounds;
mod field;
mod reach;

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::DeriveInput;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use self::field::declare_field;
use self::reach::{reach_instance, reach_static, remove_where, say_not_made, say_not_static};
use crate::ast::{Field, MetricsStruct, Mode, PrefixPart, Role};
use crate::checks::{called_at, check_rules, number, rules, text, waived};
use crate::diagnostics::Diagnostics;
use crate::{fallback, fragments, valid};

pub(crate) fn expand(mut input: DeriveInput) -> TokenStream {
    fragments::open_input(&mut input);
    let mut errors = Diagnostics::default();
    let tokens = match valid::named_fields(&input, &mut errors) {
        Some(fields) => match valid::metrics_struct(&input, fields, &mut errors) {
            Some(model) => generate(&model),
            None => fallback::stub(&input),
        },
        None => fallback::stub(&input),
    };
    let errors = errors.into_tokens();
    quote! { #tokens #errors }
}

fn generate(model: &MetricsStruct) -> TokenStream {
    let removal = remove_where(model);
    let reached = match &model.mode {
        Mode::Static { global, is_local, is_linked } => {
            let names = if *is_local { TokenStream::new() } else { reserve_names(model) };
            let reached = reach_static(model, global.as_ref(), *is_linked);
            quote! { #reached #names }
        }
        Mode::Instance(labels) => {
            let (names, types): (Vec<_>, Vec<_>) = labels.iter().cloned().unzip();
            reach_instance(model, &names, &types)
        }
        Mode::Group => say_not_static(model),
    };
    let declared = declare(model);
    let not_made = say_not_made(model);
    quote! { #reached #not_made #removal #declared }
}

/// The hidden module of the runtime.
fn private(model: &MetricsStruct) -> TokenStream {
    let krate = &model.krate;
    quote!(#krate::__private_0_1)
}

/// The same at a place.
fn private_at(model: &MetricsStruct, here: Span) -> TokenStream {
    let krate = &model.krate;
    match krate.leading_colon.is_some()
        && krate.segments.last().is_some_and(|last| last.ident == "measurand")
    {
        true => quote_spanned!(here=> ::measurand::__private_0_1),
        false => quote_spanned!(here=> #krate::__private_0_1),
    }
}

/// A hidden macro per family, so that a name that is defined twice in the crate is an error of
/// the compiler, which shows both places.
fn reserve_names(model: &MetricsStruct) -> TokenStream {
    let families = model.fields.iter().flat_map(valid::family_names);
    let mut seen = HashSet::new();
    families
        // Two of one struct are reported already.
        .filter(|(name, _)| {
            seen.insert(valid::family_key(&valid::with_underscores(name)).to_owned())
        })
        .map(|(name, metric)| {
            let name = format!("{}{name}", model.prefix());
            let name = valid::with_underscores(&name);
            let name = valid::family_key(&name);
            // The compiler shows the name, and nothing else can be said there.
            let name = Ident::new(&format!("__metric_{name}__rename_one"), metric.span);
            // All of it at the field, since rustc shows the whole item.
            quote_spanned! {Span::mixed_site().located_at(metric.span)=>
                #[doc(hidden)]
                #[allow(non_local_definitions, reason = "names are compared in the whole crate")]
                #[macro_export]
                macro_rules! #name {
                    () => {};
                }
            }
        })
        .collect()
}

/// The facts of the struct and of each field, and their checks.
fn declare(model: &MetricsStruct) -> TokenStream {
    let MetricsStruct { ident, here, const_labels, denied, .. } = model;
    let here = *here;
    let private = private_at(model, here);
    let is_group = matches!(model.mode, Mode::Group);
    // A group is declared for every scope, anything else in its own.
    let scope = if is_group { quote_spanned!(here=> __S) } else { quote_spanned!(here=> #ident) };
    let generics =
        if is_group { quote_spanned!(here=> <__S: #private::Scope>) } else { TokenStream::new() };

    let own_scope = if is_group {
        TokenStream::new()
    } else {
        let prefix = text(&model.prefix(), here);
        let label_names: Vec<_> = match &model.mode {
            Mode::Instance(labels) => {
                labels.iter().map(|(label, _)| text(&label.unraw().to_string(), here)).collect()
            }
            _ => Vec::new(),
        };
        let const_names =
            const_labels.iter().map(|(label, _)| text(&label.unraw().to_string(), here));
        let const_values = const_labels.iter().map(|(_, value)| value);
        let label_names = constant(&label_names, |names| {
            quote_spanned! {here=>
                const LABEL_NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
            }
        });
        let const_labels: Vec<_> = std::iter::zip(const_names, const_values)
            .map(|(name, value)| quote_spanned!(here=> (#name, #value)))
            .collect();
        let const_labels = constant(&const_labels, |labels| {
            quote_spanned! {here=>
                const CONST_LABELS: &'static [(
                    &'static ::core::primitive::str,
                    &'static ::core::primitive::str,
                )] = &[#(#labels),*];
            }
        });
        let denied = constant(denied, |denied| {
            let denied = rules(&private, denied, here);
            quote_spanned!(here=> const DENIED: #private::Rules = #denied;)
        });
        let linked = match &model.mode {
            Mode::Static { is_linked: true, .. } => quote_spanned! {here=>
                const LINKED: ::core::option::Option<fn() -> #private::Linked> =
                    ::core::option::Option::Some(|| #private::Linked::of_struct(
                        #ident::global(),
                        <#ident as #private::Declared<#ident>>::DECLARATIONS,
                    ));
            },
            _ => TokenStream::new(),
        };
        let legacy = (model.is_legacy || model.utf8.is_some()).then(|| {
            let rules = with_legacy(model, rules(&private, &[], here), here);
            quote_spanned!(here=> const LEGACY: #private::Rules = #rules;)
        });
        let start = quote!(impl);
        quote_spanned! {here=>
            #[automatically_derived]
            #start #private::Scope for #ident {
                const PREFIX: &'static ::core::primitive::str = #prefix;
                #label_names
                #const_labels
                #denied
                #linked
                #legacy
            }
        }
    };
    let scope_checks = if is_group { TokenStream::new() } else { check_scope(model) };

    let mut items = TokenStream::new();
    let mut starts = Vec::new();
    // What the struct's own metrics are and where they stand, and its groups.
    let (mut own, mut groups) = (Vec::new(), Vec::new());
    let mut arms = TokenStream::new();
    let mut group_arms = TokenStream::new();
    for (index, field) in model.fields.iter().enumerate() {
        let Field { ident: name, ty, role } = field;
        match role {
            Role::Metric(metric) => {
                let marker = format_ident!("__Field{index}", span = here);
                let field_type = if is_group {
                    quote_spanned!(here=> #marker<__S>)
                } else {
                    quote_spanned!(here=> #marker)
                };
                items.extend(declare_field(model, &marker, field, metric));
                let mut name = name.clone();
                name.set_span(here);
                starts.push(quote_spanned!(here=> #name: <#field_type as #private::Field>::NEW));
                let position = number(own.len(), here);
                own.push((
                    quote_spanned!(here=> <#field_type as #private::Field>::CHECKED),
                    metric.span,
                ));
                let checked = if is_group {
                    quote_spanned!(here=> #marker<#private::NoScope>)
                } else {
                    quote_spanned!(here=> #marker)
                };
                arms.extend(quote_spanned! {here=>
                    #position => #private::collect::<#checked>(&self.#name),
                });
            }
            Role::Calls(metric) => {
                // As a whole, so that a type that is another one is one error.
                let here = Span::call_site();
                let private = self::private(model);
                let marker = format_ident!("__Field{index}", span = here);
                let field_type = if is_group {
                    quote_spanned!(here=> #marker<__S>)
                } else {
                    quote_spanned!(here=> #marker)
                };
                items.extend(declare_field(model, &marker, field, metric));
                starts
                    .push(quote_spanned!(here=> #name: <#field_type as #private::CallsField>::NEW));
                let checked = if is_group {
                    quote_spanned!(here=> #marker<#private::NoScope>)
                } else {
                    quote_spanned!(here=> #marker)
                };
                let views = [
                    ("CountsOf", "counts"),
                    ("DurationsOf", "durations"),
                    ("RunningOf", "running"),
                ];
                for (family, view) in views {
                    let (family, view) = (
                        format_ident!("{family}", span = here),
                        format_ident!("{view}", span = here),
                    );
                    let position = number(own.len(), here);
                    let checked_facts = quote_spanned!(here=> <#private::#family<#field_type> as #private::Field>::CHECKED);
                    own.push((checked_facts, metric.span));
                    arms.extend(quote_spanned! {here=>
                        #position => #private::#view::<#checked>(&self.#name),
                    });
                }
            }
            Role::Group { prefix } => {
                let inner = match prefix {
                    None => quote_spanned!(here=> #scope),
                    Some(prefix) => {
                        let word = format_ident!("__Prefix{index}", span = here);
                        let text = text(prefix.text.trim_end_matches('_'), here);
                        items.extend(quote_spanned! {here=>
                            enum #word {}
                            impl #private::Word for #word {
                                const WORD: &'static ::core::primitive::str = #text;
                            }
                        });
                        let before = if is_group {
                            quote_spanned!(here=> "")
                        } else {
                            quote_spanned!(here=> <#scope as #private::Scope>::PREFIX)
                        };
                        items.extend(check_group_prefix(
                            &private,
                            prefix,
                            &before,
                            &with_legacy(model, rules(&private, &[], here), here),
                        ));
                        quote_spanned!(here=> #private::Under<#scope, #word>)
                    }
                };
                // At the type, where it is an error if it is no group.
                let span = ty.span();
                let declared = quote_spanned!(span=> <#ty as #private::Declared<#inner>>);
                starts.push(quote_spanned!(here=> #name: #declared::NEW));
                groups.push(declared.clone());
                if !is_group {
                    let check = called_at(&private, name.span(), "check_group");
                    items.extend(quote_spanned! {name.span()=>
                        const _: () = #check::<#inner>(#declared::CHECKED);
                    });
                }
                let known = if is_group { quote_spanned!(here=> #private::NoScope) } else { inner };
                let known = quote_spanned!(span=> <#ty as #private::Declared<#known>>);
                group_arms.extend(quote_spanned! {here=>
                    if index < #known::LEN {
                        return #known::metric_at(&self.#name, index);
                    }
                    let index = index - #known::LEN;
                });
            }
            Role::Skipped(start) => starts.push(quote_spanned!(here=> #name: #start)),
        }
    }

    let own_len = own.len();
    // By default, since lints would see what is taken away where that is nothing.
    let own_groups = quote!(let index = index - #own_len;);
    let rest = if groups.is_empty() {
        quote_spanned!(here=> _ => ::core::option::Option::None,)
    } else {
        quote_spanned! {here=>
            _ => {
                #own_groups
                #group_arms
                let _ = index;
                ::core::option::Option::None
            }
        }
    };
    let clashes = if !is_group
        && (!groups.is_empty()
            || model.is_legacy
            || model.fields.iter().any(waives_suffix)
            || is_utf8(model) && !valid::has_duplicates(model))
    {
        // Where a name is that may be another's: of a group, or of a metric that waives the rule.
        let group = model.fields.iter().find(|field| matches!(field.role, Role::Group { .. }));
        let waiving = model.fields.iter().find(|field| waives_suffix(field));
        let span = waiving.or_else(|| begins_as_another(model)).or(group);
        let span = span.map_or(ident.span(), |field| field.ident.span());
        let check = called_at(&private, span, "check_clashes");
        quote_spanned! {span=>
            #[allow(long_running_const_eval, reason = "every pair of names is compared")]
            const _: () = #check(<#ident as #private::Declared<#ident>>::CHECKED);
        }
    } else {
        TokenStream::new()
    };
    // The place is that of the field. It stands apart from all that is checked.
    let lines = own.iter().map(|(_, span)| quote_spanned!(*span=> ::core::line!()));
    let own: Vec<_> = own.iter().map(|(field, _)| field).collect();
    // The rest has the user's own spans, and lints would take an implementation for the user's own.
    let start = quote!(impl);
    quote_spanned! {here=>
        const _: () = {
            const __MEASURAND_FILE: #private::Location = #private::Location {
                package: #private::package(
                    ::core::option_env!("CARGO_PKG_NAME"),
                    ::core::module_path!(),
                ),
                file: ::core::file!(),
                line: 0,
            };
            #own_scope
            #scope_checks
            #items

            #[automatically_derived]
            #start #generics #private::Declared<#scope> for #ident {
                const NEW: Self = #ident { #(#starts),* };
                const DECLARATIONS: &'static #private::Declarations = &#private::Declarations {
                    own: &[#(
                        &#own.at(__MEASURAND_FILE.line(#lines))
                    ),*],
                    groups: &[#(#groups::DECLARATIONS),*],
                };
                const CHECKED: &'static #private::Declarations = &#private::Declarations {
                    own: &[#(#own),*],
                    groups: &[#(#groups::CHECKED),*],
                };
            }

            #[automatically_derived]
            #start #private::Fields for #ident {
                fn metric(
                    &self,
                    index: ::core::primitive::usize,
                ) -> ::core::option::Option<&dyn #private::Collect> {
                    match index {
                        #arms
                        #rest
                    }
                }
            }

            #clashes
        };
    }
}

/// A constant, if it says anything.
fn constant<T>(values: &[T], write: impl FnOnce(&[T]) -> TokenStream) -> TokenStream {
    if values.is_empty() { TokenStream::new() } else { write(values) }
}

/// Whether a metric is allowed a name that might be a histogram's series.
fn waives_suffix(field: &Field) -> bool {
    match &field.role {
        Role::Metric(metric) | Role::Calls(metric) => {
            metric.expected.iter().any(|rule| rule == "reserved_suffix")
        }
        _ => false,
    }
}

/// Whether some names may have any characters, and so become others in some escaping.
fn is_utf8(model: &MetricsStruct) -> bool {
    let is_utf8 = |field: &Field| match &field.role {
        Role::Metric(metric) | Role::Calls(metric) => metric.utf8.is_some(),
        _ => false,
    };
    model.utf8.is_some() || model.fields.iter().any(is_utf8)
}

/// A metric that is called as another one and a suffix, which may be one of its series.
fn begins_as_another(model: &MetricsStruct) -> Option<&Field> {
    let names = |field| valid::family_names(field).into_iter().map(|(name, _)| name);
    let all: Vec<String> = model.fields.iter().flat_map(names).collect();
    let is_longer = |name: &str| {
        let Some((stem, _)) = name.rsplit_once('_') else { return false };
        all.iter().any(|other| other == stem)
    };
    model.fields.iter().find(|field| names(field).any(|name| is_longer(&name)))
}

/// These rules, and what is waived or allowed for all names of the struct.
fn with_legacy(model: &MetricsStruct, rules: TokenStream, here: Span) -> TokenStream {
    let private = private_at(model, here);
    let rules = match model.is_legacy {
        true => quote_spanned!(here=> #rules.or(#private::LEGACY)),
        false => rules,
    };
    match model.utf8 {
        Some(_) => {
            let utf8 = waived(&private, &[], true, here);
            quote_spanned!(here=> #rules.or(#utf8))
        }
        None => rules,
    }
}

/// The checks of what stands before every name, and of the struct's labels.
fn check_scope(model: &MetricsStruct) -> TokenStream {
    let private = private(model);
    let waived_at =
        |span| with_legacy(model, rules(&private_at(model, span), &model.expected, span), span);
    // All of a check at its place, so that it is the same wherever that is.
    let checked_at = |span| {
        let private = private_at(model, span);
        let mut ident = model.ident.clone();
        ident.set_span(span);
        quote_spanned!(span=> <#ident as #private::Declared<#ident>>::CHECKED)
    };
    let mut checks = check_rules(&private, &model.expected);
    let mut before = String::new();
    for part in &model.prefix {
        let PrefixPart { option, text: part, span } = part;
        let check = called_at(&private, *span, "check_scope_prefix");
        let [option, before_it, word] = [option, &*before, part].map(|it| text(it, *span));
        let (checked, waived) = (checked_at(*span), waived_at(*span));
        checks.extend(quote_spanned! {*span=>
            const _: () = #check(#option, #before_it, #word, #checked, #waived);
        });
        before.push_str(part);
    }
    let instance_labels: Vec<_> = match &model.mode {
        Mode::Instance(labels) => labels.iter().map(|(label, _)| label).collect(),
        _ => Vec::new(),
    };
    let const_labels = model.const_labels.iter().map(|(label, _)| label);
    let labels: Vec<_> = instance_labels.into_iter().chain(const_labels).collect();
    for label in &labels {
        let span = label.span();
        let check = called_at(&private, span, "check_label");
        let (checked, waived) = (checked_at(span), waived_at(span));
        let label = text(&label.unraw().to_string(), span);
        checks.extend(quote_spanned!(span=> const _: () = #check(#label, #checked, #waived);));
    }
    for (label, value) in &model.const_labels {
        if valid::help::is_literal(value) {
            continue;
        }
        let message = format!("{}\nhelp: {}", valid::empty_label(label), valid::EMPTY_LABEL_HELP);
        let check = called_at(&private, value.span(), "refuse_if");
        checks.extend(quote_spanned! {value.span()=>
            const _: () = {
                const __MEASURAND_VALUE: &::core::primitive::str = #value;
                #check(__MEASURAND_VALUE.is_empty(), #message)
            };
        });
    }
    if let Some(rule) = model.expected.first() {
        let check = called_at(&private, rule.span(), "check_struct_waived");
        let labels = labels.iter().map(|label| label.unraw().to_string());
        let only_expected = rules(&private, &model.expected, rule.span());
        checks.extend(quote_spanned! {rule.span()=>
            const _: () = #check(#before, &[#(#labels),*], #only_expected);
        });
    }
    if let Some(span) = model.utf8 {
        let check = called_at(&private, span, "check_struct_utf8");
        let checked = checked_at(span);
        checks.extend(quote_spanned!(span=> const _: () = #check(#before, #checked);));
    }
    if let Some(span) = model.legacy {
        let check = called_at(&private, span, "check_legacy");
        let labels = labels.iter().map(|label| label.unraw().to_string());
        let checked = checked_at(span);
        checks.extend(quote_spanned!(span=> const _: () = #check(&[#(#labels),*], #checked);));
    }
    checks
}

/// The check of a group's prefix. `before` stands in front of it.
fn check_group_prefix(
    private: &TokenStream,
    part: &PrefixPart,
    before: &TokenStream,
    waived: &TokenStream,
) -> TokenStream {
    let PrefixPart { option, text, span } = part;
    let check = called_at(private, *span, "check_prefix");
    quote_spanned!(*span=> const _: () = #check(#option, #before, #text, #waived);)
}
