//! The steps of each macro: it reads a model from the tokens, checks the model, and generates code
//! from it. No step calls an earlier one.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{DeriveInput, ImplItem, ItemImpl};

use crate::ast::config::ConfigStruct;
use crate::ast::function::InstrumentedFn;
use crate::ast::item::{self, Context, Instrumented, OwnAttribute, RawFn};
use crate::ast::labels::{LabelStruct, LabelType};
use crate::ast::metrics::MetricsStruct;
use crate::ast::names::{bound_names, generic_names, type_name};
use crate::attr::call_field;
use crate::attr::calls::CallAttribute;
use crate::diagnostics::Diagnostics;
use crate::{
    derive_config_metrics, derive_label_set, derive_label_value, derive_metrics, fallback,
    fragments, instrument, valid,
};

pub(crate) fn metrics(mut input: DeriveInput) -> TokenStream {
    fragments::open_input(&mut input);
    let mut errors = Diagnostics::default();
    let model = MetricsStruct::read(&input, &mut errors);
    let model = model.filter(|model| valid::metrics::metrics_struct(model, &mut errors).is_ok());
    let tokens = match model {
        Some(model) => derive_metrics::generate(&model),
        None => fallback::metrics(&input),
    };
    with_errors(tokens, errors)
}

pub(crate) fn config_metrics(mut input: DeriveInput) -> TokenStream {
    fragments::open_input(&mut input);
    let mut errors = Diagnostics::default();
    let model = ConfigStruct::read(&input, &mut errors);
    if let Some(model) = &model {
        valid::config::config_struct(model, &mut errors);
    }
    let tokens = match model {
        Some(model) if errors.is_empty() => derive_config_metrics::generate(&model),
        _ => fallback::config_metrics(&input),
    };
    with_errors(tokens, errors)
}

pub(crate) fn label_value(mut input: DeriveInput) -> TokenStream {
    fragments::open_input(&mut input);
    let mut errors = Diagnostics::default();
    let model = LabelType::read(&input, &mut errors);
    if let Some(model) = &model {
        valid::labels::label_type(model, &mut errors);
    }
    let tokens = match model {
        Some(model) if errors.is_empty() && !model.lacks_lifetime => {
            derive_label_value::generate(&model)
        }
        _ => fallback::label_value(&input),
    };
    with_errors(tokens, errors)
}

pub(crate) fn label_set(mut input: DeriveInput) -> TokenStream {
    fragments::open_input(&mut input);
    let mut errors = Diagnostics::default();
    let model = LabelStruct::read(&input, &mut errors);
    if let Some(model) = &model {
        valid::labels::label_set(model, &mut errors);
    }
    let tokens = match model {
        Some(model) if errors.is_empty() => derive_label_set::generate(&model),
        _ => fallback::label_set(&input),
    };
    with_errors(tokens, errors)
}

pub(crate) fn instrument_metrics(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let read = Instrumented::read(item.clone());
    if let Instrumented::Function(raw) = &read
        && raw.is_traced_later()
    {
        return after_others(raw, attribute);
    }
    let bound = match &read {
        Instrumented::Function(raw) => bound_names(&raw.sig, &[]),
        _ => Vec::new(),
    };
    let attribute = call_field::read(attribute, &bound, &mut errors);
    let tokens = match read {
        Instrumented::Function(raw) => {
            let model = InstrumentedFn::read(&raw, &attribute, &Context::Alone);
            match valid::function::function(&model, &mut errors) {
                Ok(()) if errors.is_empty() => instrument::generate(&model),
                _ => item,
            }
        }
        Instrumented::Impl(block) => instrument_block(*block, &attribute, &mut errors),
        Instrumented::Other(other) => {
            valid::function::other(&other, &mut errors);
            item
        }
        Instrumented::Unfinished => item::without_own_attributes(item),
    };
    with_errors(tokens, errors)
}

/// Returns the function with this attribute after all others.
fn after_others(raw: &RawFn, attribute: TokenStream) -> TokenStream {
    let RawFn { attrs, vis, modifiers, sig, block } = raw;
    let krate = call_field::read(attribute.clone(), &[], &mut Diagnostics::default()).options.krate;
    let krate = krate.map_or_else(|| quote!(::measurand), |path| path.0.to_token_stream());
    quote!(#(#attrs)* #[#krate::instrument_metrics(#attribute)] #vis #modifiers #sig #block)
}

/// Instruments every function of the block, except those that are skipped.
fn instrument_block(
    mut block: ItemImpl,
    attribute: &CallAttribute,
    errors: &mut Diagnostics,
) -> TokenStream {
    fragments::open_type(&mut block.self_ty);
    valid::function::block(&block, attribute, errors);
    let self_type = type_name(&block.self_ty);
    let generics: Vec<String> = generic_names(&block.generics).collect();
    let is_of_trait = block.trait_.is_some();
    let context = Context::Impl { self_type: &self_type, is_of_trait, generics: &generics };
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        let own = OwnAttribute::take(method, errors);
        valid::function::own_attribute(&own, errors);
        if own.is_skipped() {
            continue;
        }
        let raw = RawFn::from(method.clone());
        let attribute = own.attribute.as_ref().unwrap_or(attribute);
        let model = InstrumentedFn::read(&raw, attribute, &context);
        if valid::function::function(&model, errors).is_ok() {
            *item = ImplItem::Verbatim(instrument::generate(&model));
        }
    }
    quote!(#block)
}

/// Appends the errors to the tokens.
fn with_errors(tokens: TokenStream, errors: Diagnostics) -> TokenStream {
    let errors = errors.into_tokens();
    quote! { #tokens #errors }
}
