//! The tokens of `#[derive(ConfigMetrics)]`: a struct of gauges, which `#[derive(Metrics)]` makes metrics,
//! and what sets them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Fields, GenericArgument, GenericParam, Lit, Meta,
    Path, PathArguments, Token, Type, parse_quote,
};

use crate::ast::NUMBERS;
use crate::diagnostics::Diagnostics;
use crate::fragments;

/// A number of the struct, and the gauge that shows it.
struct Gauge {
    field: Ident,
    name: Ident,
    unit: Option<Ident>,
    /// Its doc comment, its options, and whether it is compiled.
    attributes: Vec<Attribute>,
}

pub(crate) fn expand(mut input: DeriveInput) -> TokenStream {
    fragments::open_input(&mut input);
    let mut errors = Diagnostics::default();
    let options = options(&input.attrs);
    let krate = crate_path(&options).unwrap_or_else(|| parse_quote!(::measurand));
    let tokens = match gauges(&input, &options, &mut errors) {
        Some(gauges) if errors.is_empty() => generate(&input, &krate, &options, &gauges),
        _ => fallback(&input, &krate),
    };
    let errors = errors.into_tokens();
    quote! { #tokens #errors }
}

/// What stands in `#[metrics(…)]`; what cannot be read there, the other derive refuses.
fn options(attributes: &[Attribute]) -> Vec<Meta> {
    let of_metrics = attributes.iter().filter(|attribute| attribute.path().is_ident("metrics"));
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let lists = of_metrics.filter_map(|attribute| attribute.meta.require_list().ok());
    lists.filter_map(|list| parser.parse2(list.tokens.clone()).ok()).flatten().collect()
}

fn crate_path(options: &[Meta]) -> Option<Path> {
    options.iter().find_map(|option| match option {
        Meta::NameValue(pair) if pair.path.is_ident("crate") => match &pair.value {
            Expr::Path(path) => Some(path.path.clone()),
            _ => None,
        },
        _ => None,
    })
}

fn gauges(input: &DeriveInput, options: &[Meta], errors: &mut Diagnostics) -> Option<Vec<Gauge>> {
    let Data::Struct(data) = &input.data else {
        let help = "put it on the struct that holds the values";
        errors.error(&input.ident, "only a struct has numbers to show", help);
        return None;
    };
    let Fields::Named(fields) = &data.fields else {
        let help = "name the fields: the gauges are called as they are";
        errors.error(&input.ident, "the fields of this struct have no names", help);
        return None;
    };
    for option in options {
        const OTHERS: &[&str] = &["instance", "group", "global", "unlinked", "local"];
        if OTHERS.iter().any(|other| option.path().is_ident(other)) {
            let name = option.path().get_ident().map(Ident::to_string).unwrap_or_default();
            let problem = format!("a config struct has no `{name}`");
            errors.error(option.path(), &problem, &format!("remove `{name}`"));
        }
    }
    for parameter in &input.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            let problem = "a config struct with parameters has no gauges of its own";
            errors.error(parameter, problem, "leave out the parameter");
        }
    }
    let gauges: Vec<_> = fields.named.iter().filter_map(|field| gauge(field, errors)).collect();
    if gauges.is_empty() {
        let problem = "no field of this struct is a number";
        let help = "remove the derive; integers, floats, `bool`, `Duration` and an `Option` of these are shown";
        errors.error(&input.ident, problem, help);
        return None;
    }
    Some(gauges)
}

/// The gauge of a field, if that is a number and is not to be left out.
fn gauge(field: &syn::Field, errors: &mut Diagnostics) -> Option<Gauge> {
    let ident = field.ident.clone()?;
    let is_time = number(&field.ty)?;
    let mut options = Vec::new();
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("metric")) {
        let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
        if let Ok(list) = attribute.meta.require_list()
            && let Ok(list) = parser.parse2(list.tokens.clone())
        {
            options.extend(list);
        }
    }
    if options.iter().any(|option| matches!(option, Meta::Path(path) if path.is_ident("skip"))) {
        return None;
    }
    let renamed = options.iter().find_map(|option| match option {
        Meta::NameValue(pair) if pair.path.is_ident("rename") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Some(name.value()),
            _ => None,
        },
        _ => None,
    });
    let mut name = ident.clone();
    let text = renamed.clone().unwrap_or_else(|| ident.unraw().to_string());
    if is_time && renamed.is_none() && !text.ends_with("_seconds") && text != "seconds" {
        name = format_ident!("{}_seconds", ident.unraw(), span = ident.span());
    }
    let is_waived = options.iter().any(|option| option.path().is_ident("expect"));
    if let Some((unit, help)) = foreign_unit(&text).filter(|_| !is_time && !is_waived) {
        // What it is called could be changed, and would be wrong: the number would stay.
        let problem = format!("`{text}` is a number of `{unit}`, which is no base unit");
        let help = format!("{help}, or leave it out: `#[metric(skip)]`");
        errors.error_at(ident.span(), &problem, &help);
    }
    let unit = if is_time { Some("Seconds") } else { unit(&text) };
    let unit = unit.map(|unit| Ident::new(unit, ident.span()));
    const KEPT: &[&str] = &["doc", "metric", "cfg"];
    let is_kept = |attribute: &&Attribute| KEPT.iter().any(|kept| attribute.path().is_ident(kept));
    let attributes = field.attrs.iter().filter(is_kept).cloned().collect();
    Some(Gauge { field: ident, name, unit, attributes })
}

/// Whether a type is a number, and then whether it is a time.
fn number(ty: &Type) -> Option<bool> {
    let path = match ty {
        Type::Path(path) => &path.path,
        Type::Group(group) => return number(&group.elem),
        Type::Paren(inner) => return number(&inner.elem),
        _ => return None,
    };
    let last = path.segments.last()?;
    let name = last.ident.to_string();
    let is_number = |name: &str| NUMBERS.contains(&name);
    let is_positive = |of: &str| of.is_empty() || is_number(&of.to_lowercase());
    if is_number(&name) || name == "bool" || name.strip_prefix("NonZero").is_some_and(is_positive) {
        return Some(false);
    }
    match (name.as_str(), &last.arguments) {
        ("Duration", PathArguments::None) => Some(true),
        ("Option", PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => number(inner),
            _ => None,
        },
        _ => None,
    }
}

/// A unit in a name that no gauge is in, and what to do.
fn foreign_unit(name: &str) -> Option<(&str, &'static str)> {
    name.split('_').skip(1).find_map(|word| {
        let help = match word {
            "ns" | "us" | "ms" | "sec" | "secs" | "mins" | "hr" | "hrs" | "nanos" | "micros"
            | "millis" | "nanoseconds" | "microseconds" | "milliseconds" | "minutes" | "hours"
            | "days" | "weeks" => "make the field a `Duration`",
            "kb" | "mb" | "gb" | "tb" | "kib" | "mib" | "gib" | "tib" | "kilobytes"
            | "megabytes" | "gigabytes" | "kibibytes" | "mebibytes" | "gibibytes" => {
                "hold it in bytes, as `…_bytes`"
            }
            "percent" | "pct" | "percentage" => "hold it as a ratio from 0 to 1, as `…_ratio`",
            _ => return None,
        };
        Some((word, help))
    })
}

/// The unit that a name ends with.
fn unit(name: &str) -> Option<&'static str> {
    let last = name.rsplit('_').next()?;
    Some(match last {
        "seconds" => "Seconds",
        "bytes" => "Bytes",
        "ratio" => "Ratio",
        "celsius" => "Celsius",
        "kelvin" => "Kelvin",
        "meters" => "Meters",
        "volts" => "Volts",
        "amperes" => "Amperes",
        "joules" => "Joules",
        "grams" => "Grams",
        _ => return None,
    })
}

fn generate(input: &DeriveInput, krate: &Path, options: &[Meta], gauges: &[Gauge]) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let private = quote!(#krate::__private_0_1);
    let model = format_ident!("{}Gauges", ident.unraw(), span = ident.span());
    let documentation = input.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let fields = gauges.iter().map(|Gauge { name, unit, attributes, .. }| {
        let span = name.span();
        let unit = unit.as_ref().map(|unit| quote_spanned!(span=> <#krate::unit::#unit>));
        quote_spanned!(span=> #(#attributes)* #name: #krate::Gauge #unit)
    });
    let sets = gauges.iter().map(|Gauge { field, name, attributes, .. }| {
        let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        quote!(#(#conditions)* #private::set_gauge(&__measurand_gauges.#name, &self.#field);)
    });
    quote! {
        const _: () = {
            #(#documentation)*
            #[derive(#krate::Metrics)]
            #[metrics(#(#options,)* instance)]
            pub struct #model {
                #(#fields,)*
            }

            #[automatically_derived]
            impl #impl_generics #krate::ConfigMetrics for #ident #type_generics #where_clause {
                type Gauges = #model;

                fn set_metrics(&self, __measurand_gauges: &#model) {
                    #(#sets)*
                }

                fn register_metrics(
                    &self,
                    __measurand_registry: &#private::Registry,
                ) -> ::core::result::Result<
                    #private::Registered<#model>,
                    #private::RegisterError<#model>,
                > {
                    let __measurand_gauges = #model::register(__measurand_registry)?;
                    #krate::ConfigMetrics::set_metrics(self, &__measurand_gauges);
                    ::core::result::Result::Ok(__measurand_gauges)
                }
            }
        };
    }
}

/// The trait, so that whoever uses it is not told that it is missing as well.
fn fallback(input: &DeriveInput, krate: &Path) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let private = quote!(#krate::__private_0_1);
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::ConfigMetrics for #ident #type_generics #where_clause {
            type Gauges = #private::NoGauges;

            fn set_metrics(&self, _: &#private::NoGauges) {}

            fn register_metrics(
                &self,
                _: &#private::Registry,
            ) -> ::core::result::Result<
                #private::Registered<#private::NoGauges>,
                #private::RegisterError<#private::NoGauges>,
            > {
                ::core::unreachable!()
            }
        }
    }
}
