//! The declaration of a struct: its initial value, its descriptors, and its metrics by index.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::field::{Marker, declare_field};
use super::private_at;
use super::scope::{check_group_prefix, check_scope, declare_scope, with_legacy};
use crate::ast::metrics::{Field, Metric, MetricsStruct, Mode, PrefixPart, Role};
use crate::checks::{called_at, number, rules, text};

/// Declares the struct and each field, with their checks.
pub(super) fn declare(model: &MetricsStruct) -> TokenStream {
    let (ident, here) = (&model.ident, model.here);
    let private = private_at(model, here);
    let mut parts = Parts::new(model);
    for (index, field) in model.fields.iter().enumerate() {
        parts.add(index, field);
    }
    let is_group = parts.is_group;
    let own_scope = (!is_group).then(|| declare_scope(model));
    let scope_checks = (!is_group).then(|| check_scope(model));
    let clashes = check_clashes(&parts);
    let fields = parts.implement_fields();
    let Parts { scope, items, starts, own, groups, .. } = &parts;
    let generics = is_group.then(|| quote_spanned!(here=> <__S: #private::Scope>));
    // The line is that of the field. It is separate from what is checked, so that no check depends
    // on it.
    let lines = own.iter().map(|(_, span)| quote_spanned!(*span=> ::core::line!()));
    let own: Vec<_> = own.iter().map(|(field, _)| field).collect();
    // `impl` has the default span, or lints would take the implementation for the user's own.
    let start = quote!(impl);
    quote_spanned! {here=>
        const _: () = {
            const __MEASURAND_FILE: #private::Location = #private::location(
                ::core::option_env!("CARGO_PKG_NAME"),
                ::core::module_path!(),
                ::core::file!(),
                0,
            );
            #own_scope
            #scope_checks
            #items

            #[automatically_derived]
            #start #generics #private::DeclaredStruct<#scope> for #ident {
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

            #fields
            #clashes
        };
    }
}

/// What the fields of a struct add to its declaration.
struct Parts<'a> {
    model: &'a MetricsStruct,
    here: Span,
    private: TokenStream,
    is_group: bool,
    /// A group is declared for every scope, anything else in its own.
    scope: TokenStream,
    items: TokenStream,
    /// The initial value of each field.
    starts: Vec<TokenStream>,
    /// The descriptors of the struct's own metrics, and where these are written.
    own: Vec<(TokenStream, Span)>,
    groups: Vec<TokenStream>,
    /// The metrics by index.
    arms: TokenStream,
    group_arms: TokenStream,
}

impl<'a> Parts<'a> {
    fn new(model: &'a MetricsStruct) -> Self {
        let (ident, here) = (&model.ident, model.here);
        let is_group = matches!(model.mode, Mode::Group);
        Parts {
            model,
            here,
            private: private_at(model, here),
            is_group,
            scope: match is_group {
                true => quote_spanned!(here=> __S),
                false => quote_spanned!(here=> #ident),
            },
            items: TokenStream::new(),
            starts: Vec::new(),
            own: Vec::new(),
            groups: Vec::new(),
            arms: TokenStream::new(),
            group_arms: TokenStream::new(),
        }
    }

    fn add(&mut self, index: usize, field: &Field) {
        match &field.role {
            Role::Metric(metric) => self.add_metric(index, field, metric),
            Role::Calls(metric) => self.add_calls(index, field, metric),
            Role::Group { prefix } => {
                let scope = self.scope_of_group(index, prefix.as_ref());
                self.add_group(field, scope);
            }
            Role::Skipped(start) => {
                let name = &field.ident;
                self.starts.push(quote_spanned!(self.here=> #name: #start));
            }
        }
    }

    fn add_metric(&mut self, index: usize, field: &Field, metric: &Metric) {
        let Parts { here, private, .. } = self;
        let here = *here;
        let marker = Marker::new(self.model, index, here, private);
        let Marker { target, checked, .. } = &marker;
        self.items.extend(declare_field(self.model, &marker, field, metric));
        let mut name = field.ident.clone();
        name.set_span(here);
        self.starts.push(quote_spanned!(here=> #name: <#target as #private::Field>::NEW));
        let position = number(self.own.len(), here);
        self.own.push((quote_spanned!(here=> <#target as #private::Field>::CHECKED), metric.span));
        self.arms.extend(quote_spanned! {here=>
            #position => #private::collect::<#checked>(&self.#name),
        });
    }

    /// Adds calls as a whole, so that a type that is another one is one error.
    fn add_calls(&mut self, index: usize, field: &Field, metric: &Metric) {
        let (name, here) = (&field.ident, Span::call_site());
        let private = super::private(self.model);
        let marker = Marker::new(self.model, index, here, &private);
        let Marker { target, checked, .. } = &marker;
        self.items.extend(declare_field(self.model, &marker, field, metric));
        self.starts.push(quote_spanned!(here=> #name: <#target as #private::CallsField>::NEW));
        let views =
            [("CountsOf", "counts"), ("DurationsOf", "durations"), ("RunningOf", "running")];
        for (family, view) in views {
            let family = format_ident!("{family}", span = here);
            let view = format_ident!("{view}", span = here);
            let position = number(self.own.len(), here);
            let facts =
                quote_spanned!(here=> <#private::#family<#target> as #private::Field>::CHECKED);
            self.own.push((facts, metric.span));
            self.arms.extend(quote_spanned! {here=>
                #position => #private::#view::<#checked>(&self.#name),
            });
        }
    }

    /// Returns the scope of a group's metrics, under its prefix if it has one.
    fn scope_of_group(&mut self, index: usize, prefix: Option<&PrefixPart>) -> TokenStream {
        let Parts { model, here, private, scope, .. } = self;
        let here = *here;
        let Some(prefix) = prefix else { return quote_spanned!(here=> #scope) };
        let word = format_ident!("__Prefix{index}", span = here);
        let text = text(prefix.text.trim_end_matches('_'), here);
        self.items.extend(quote_spanned! {here=>
            enum #word {}
            impl #private::Word for #word {
                const WORD: &'static ::core::primitive::str = #text;
            }
        });
        let before = match self.is_group {
            true => quote_spanned!(here=> ""),
            false => quote_spanned!(here=> <#scope as #private::Scope>::PREFIX),
        };
        let waived = with_legacy(model, rules(private, &[], here), here);
        self.items.extend(check_group_prefix(private, prefix, &before, &waived));
        quote_spanned!(here=> #private::Under<#scope, #word>)
    }

    fn add_group(&mut self, field: &Field, scope: TokenStream) {
        let Parts { here, private, .. } = self;
        let (Field { ident: name, ty, .. }, here) = (field, *here);
        // At the type, where it is an error if it is no group.
        let span = ty.span();
        let declared = quote_spanned!(span=> <#ty as #private::DeclaredStruct<#scope>>);
        self.starts.push(quote_spanned!(here=> #name: #declared::NEW));
        if !self.is_group {
            let check = called_at(private, name.span(), "check_group");
            self.items.extend(quote_spanned! {name.span()=>
                const _: () = #check::<#scope>(#declared::CHECKED);
            });
        }
        let known = if self.is_group { quote_spanned!(here=> #private::NoScope) } else { scope };
        let known = quote_spanned!(span=> <#ty as #private::DeclaredStruct<#known>>);
        self.group_arms.extend(quote_spanned! {here=>
            if index < #known::LEN {
                return #known::metric_at(&self.#name, index);
            }
            let index = index - #known::LEN;
        });
        self.groups.push(declared);
    }

    /// Implements the look-up of metrics by index.
    fn implement_fields(&self) -> TokenStream {
        let Parts { model, here, private, arms, .. } = self;
        let (ident, rest) = (&model.ident, self.metrics_of_groups());
        // With the default span, or lints would take the implementation for the user's own.
        let start = quote!(impl);
        quote_spanned! {*here=>
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
        }
    }

    /// Returns the arms after the struct's own metrics.
    fn metrics_of_groups(&self) -> TokenStream {
        let here = self.here;
        if self.groups.is_empty() {
            return quote_spanned!(here=> _ => ::core::option::Option::None,);
        }
        let (own_len, group_arms) = (self.own.len(), &self.group_arms);
        // With the default span, or a lint would report the subtraction of 0.
        let own_groups = quote!(let index = index - #own_len;);
        quote_spanned! {here=>
            _ => {
                #own_groups
                #group_arms
                let _ = index;
                ::core::option::Option::None
            }
        }
    }
}

/// Checks names against each other where two may be the same: with groups, or with metrics that
/// waive a rule.
fn check_clashes(parts: &Parts<'_>) -> Option<TokenStream> {
    let Parts { model, private, .. } = parts;
    let waiving = model.fields.iter().find(|field| waives_suffix(field));
    let may_clash = !parts.groups.is_empty()
        || model.is_legacy
        || waiving.is_some()
        || is_utf8(model) && !model.has_duplicates();
    if parts.is_group || !may_clash {
        return None;
    }
    let group = model.fields.iter().find(|field| matches!(field.role, Role::Group { .. }));
    let ident = &model.ident;
    let place = waiving.or_else(|| begins_as_another(model)).or(group);
    let span = place.map_or(ident.span(), |field| field.ident.span());
    let check = called_at(private, span, "check_clashes");
    Some(quote_spanned! {span=>
        #[allow(long_running_const_eval, reason = "every pair of names is compared")]
        const _: () = #check(<#ident as #private::DeclaredStruct<#ident>>::CHECKED);
    })
}

/// Returns whether a field is a metric or calls.
fn is_metric(field: &Field) -> bool {
    matches!(field.role, Role::Metric(_) | Role::Calls(_))
}

/// Returns whether a metric may have the name of a histogram's series.
fn waives_suffix(field: &Field) -> bool {
    is_metric(field) && field.expected().iter().any(|rule| rule == "reserved_suffix")
}

/// Returns whether some names may have any characters, so that escaping may make two the same.
fn is_utf8(model: &MetricsStruct) -> bool {
    let is_utf8 = |field: &Field| is_metric(field) && field.utf8().is_some();
    model.utf8().is_some() || model.fields.iter().any(is_utf8)
}

/// Returns a metric whose name is another's and a suffix, so that it may be one of its series.
fn begins_as_another(model: &MetricsStruct) -> Option<&Field> {
    let all: Vec<String> = model.fields.iter().flat_map(names).collect();
    let is_longer = |name: String| {
        let Some((stem, _)) = name.rsplit_once('_') else { return false };
        all.iter().any(|other| other == stem)
    };
    model.fields.iter().find(|field| names(field).any(is_longer))
}

/// Returns the names of a field's families.
fn names(field: &Field) -> impl Iterator<Item = String> {
    field.family_names().into_iter().map(|(name, _)| name)
}
