//! The tokens of `#[derive(Metrics)]`: plain facts, and calls of the runtime.

mod bounds;
mod declaration;
mod field;
mod reach;
mod scope;

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use self::declaration::declare;
use self::reach::{reach_instance, reach_static, remove_where, say_not_made, say_not_static};
use crate::ast::metrics::{Field, MetricsStruct, Mode, family_key, with_underscores};

/// The way to the struct, and what is declared of it.
pub(crate) fn generate(model: &MetricsStruct) -> TokenStream {
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

/// The hidden module of the runtime, at a place.
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
    let families = model.fields.iter().flat_map(Field::family_names);
    let mut seen = HashSet::new();
    families
        // Two of one struct are reported already.
        .filter(|(name, _)| seen.insert(family_key(&with_underscores(name)).to_owned()))
        .map(|(name, metric)| {
            let name = format!("{}{name}", model.prefix());
            let name = with_underscores(&name);
            let name = family_key(&name);
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
