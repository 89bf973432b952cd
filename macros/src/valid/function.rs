//! Checks of an instrumented function.

use quote::ToTokens;
use syn::{ImplItem, ItemImpl};

use super::Unusable;
use crate::ast::function::{Errors, InstrumentedFn};
use crate::ast::item::{Context, OwnAttribute};
use crate::ast::names::{first_named, generic_names, names_any};
use crate::ast::returned::Returned;
use crate::attr::call_values::SkipCalls;
use crate::attr::calls::{CallAttribute, CallOptions};
use crate::attr::value::place;
use crate::diagnostics::Diagnostics;

/// Reports an item that cannot be instrumented.
pub(crate) fn other(item: &syn::Item, errors: &mut Diagnostics) {
    let help = match item {
        syn::Item::Trait(_) => "write it on the methods that have a body, or on `impl` blocks",
        syn::Item::ForeignMod(_) => {
            "write a function that calls the foreign one, and instrument that"
        }
        syn::Item::Struct(_) => "for the metrics of a struct write `#[derive(Metrics)]`",
        syn::Item::Mod(_) => "write it on the functions of the module",
        _ => "write it on a function",
    };
    // At the first token, since the item may be long.
    let start = item.to_token_stream().into_iter().next();
    errors.error(&start, "`#[instrument_metrics]` is for functions and `impl` blocks", help);
}

/// Reports options that an `impl` block cannot have.
pub(crate) fn block(item: &ItemImpl, attribute: &CallAttribute, errors: &mut Diagnostics) {
    refuse_self_type(&attribute.options, "the type of an `impl` block is known", errors);
    refuse_skip(&attribute.options, errors);
    let has_functions = item.items.iter().any(|item| matches!(item, ImplItem::Fn(_)));
    if !has_functions {
        errors.error(&item.self_ty, "the `impl` block has no functions", "remove the attribute");
    }
}

/// Checks the attributes of a method in an instrumented `impl` block.
pub(crate) fn own_attribute(own: &OwnAttribute, errors: &mut Diagnostics) {
    for attribute in &own.conditional {
        errors.error(
            attribute,
            "`cfg_attr` is not resolved yet where the `impl` block is instrumented",
            "write `#[instrument_metrics(…)]` without the condition, or not on the block",
        );
    }
    report_twice(&own.repeated, errors);
    if let Some(attribute) = &own.attribute
        && let Some(SkipCalls::All(span)) = attribute.options.skip
        && attribute.has_more_than_skip()
    {
        errors.error_at(
            span,
            "`skip` leaves the method out, so no other option has an effect",
            "remove `skip`, or everything else",
        );
    }
}

/// Reports every mistake in a function.
pub(crate) fn function(
    model: &InstrumentedFn<'_>,
    errors: &mut Diagnostics,
) -> Result<(), Unusable> {
    check_item(model, errors)?;
    check_timing(&model.attribute.options, errors);
    check_errors(model, errors)?;
    if model.attribute.field.is_some() {
        check_field(model, errors)?;
    } else {
        check_alone(model, errors)?;
    }
    check_self_type(model, errors);
    check_caller(model, errors)
}

/// Checks that the function can be instrumented at all.
fn check_item(model: &InstrumentedFn<'_>, errors: &mut Diagnostics) -> Result<(), Unusable> {
    let sig = &model.raw.sig;
    if let Some(constness) = &sig.constness {
        let help = match model.context {
            Context::Alone => "remove `const`, or the attribute",
            Context::Impl { .. } => "remove `const`, or add `#[instrument_metrics(skip)]` to it",
        };
        let problem =
            "a `const fn` cannot be instrumented, since nothing can be counted at compile time";
        errors.error(constness, problem, help);
        return Err(Unusable);
    }
    if model.raw.block.is_none() {
        errors.error(
            &sig.ident,
            &format!("`{}` has no body to instrument", sig.ident),
            "write `#[instrument_metrics]` where the body is",
        );
        return Err(Unusable);
    }
    if let Some(variadic) = &sig.variadic {
        let problem = "a variadic function cannot be instrumented";
        errors.error(variadic, problem, "remove the attribute");
        return Err(Unusable);
    }
    match model.context {
        Context::Alone => {
            report_twice(model.raw.own_attributes(), errors);
            match refuse_skip(&model.attribute.options, errors) {
                true => Err(Unusable),
                false => Ok(()),
            }
        }
        Context::Impl { .. } => Ok(()),
    }
}

/// Reports further attributes of this name.
fn report_twice<'a>(attrs: impl IntoIterator<Item = &'a syn::Attribute>, errors: &mut Diagnostics) {
    for twice in attrs {
        let problem = "a function that is instrumented twice counts each call twice";
        errors.error(twice, problem, "remove one attribute");
    }
}

/// Reports `skip` without parentheses, which is for methods of an instrumented block. Returns
/// whether it was there.
fn refuse_skip(options: &CallOptions, errors: &mut Diagnostics) -> bool {
    let Some(SkipCalls::All(span)) = options.skip else { return false };
    errors.error_at(
        span,
        "`skip` alone is for a method in an `impl` block that is instrumented",
        "remove the attribute",
    );
    true
}

fn refuse_self_type(options: &CallOptions, problem: &str, errors: &mut Diagnostics) {
    if let Some(text) = &options.self_type {
        errors.error_at(text.span, problem, "remove `self_type`");
    }
}

fn check_timing(options: &CallOptions, errors: &mut Diagnostics) {
    if let (Some(sample), Some(SkipCalls::Parts { duration: Some(span), .. })) =
        (&options.sample, &options.skip)
    {
        errors.error_at(
            *span,
            "calls are not timed, so none can be sampled",
            &format!("remove `sample = {}`, or `duration`", sample.0),
        );
    }
}

/// Checks the options about errors against each other and against the return type.
fn check_errors(model: &InstrumentedFn<'_>, errors: &mut Diagnostics) -> Result<(), Unusable> {
    let CallOptions { error, none_is_error, is_error, .. } = &model.attribute.options;
    let name = &model.raw.sig.ident;
    let none_is_error = place(none_is_error);
    let is_fallible = model.returned.fallible().is_some();
    if let (Some(span), false) = (none_is_error, is_fallible) {
        errors.error_at(
            span,
            &format!("`{name}` returns no `Option`, and so never `None`"),
            "remove `none_is_error`",
        );
        return Err(Unusable);
    }
    if let (Some(kind), false) = (error, is_fallible) {
        errors.error(
            &kind.0,
            &format!("`{name}` returns nothing that could be an error"),
            "remove `error`, or return a `Result`",
        );
        return Err(Unusable);
    }
    if let (Some(decision), true) = (is_error, none_is_error.is_some() || error.is_some()) {
        let other = if error.is_some() { "error" } else { "none_is_error" };
        let problem = format!("`is_error` and `{other}` both define what an error is");
        errors.error(&decision.0, &problem, "remove one of the two");
    }
    if let (Some(decision), Returned::Nothing | Returned::Never) = (is_error, &model.returned) {
        errors.error(
            &decision.0,
            &format!("`{name}` returns nothing that could be an error"),
            "remove `is_error`",
        );
        return Err(Unusable);
    }
    if let (Some(kind), Some(_)) = (error, none_is_error) {
        let problem = "`None` holds no error that `error` could turn into a label";
        errors.error(&kind.0, problem, "remove one of the two");
    }
    Ok(())
}

/// Checks the options of a function whose calls are counted in a field.
fn check_field(model: &InstrumentedFn<'_>, errors: &mut Diagnostics) -> Result<(), Unusable> {
    let (sig, options) = (&model.raw.sig, &model.attribute.options);
    if sig.receiver().is_none() && names_any(model.attribute.field.to_token_stream(), &["self"]) {
        let help = match model.context {
            Context::Alone => "name a field of a static",
            Context::Impl { .. } => {
                "add `#[instrument_metrics(skip)]` to it, or name a field of a static"
            }
        };
        let problem = format!(
            "`{}` has no `self`, and the field that counts its calls is in `self`",
            sig.ident
        );
        errors.error(&sig.ident, &problem, help);
        return Err(Unusable);
    }
    if let Some(SkipCalls::Parts { in_progress: Some(span), .. }) = options.skip {
        errors.error_at(
            span,
            "a field's calls in progress are those of all functions that it counts",
            "remove `in_progress`",
        );
    }
    refuse_self_type(options, "calls that a field counts have no label for the function", errors);
    Ok(())
}

/// Checks the options of a function whose calls are not counted in a field.
fn check_alone(model: &InstrumentedFn<'_>, errors: &mut Diagnostics) -> Result<(), Unusable> {
    if let Some(labels) = &model.attribute.options.labels {
        errors.error_at(
            labels.span,
            "labels need a field of type `Calls`, in a metrics struct",
            "write that field first: `#[instrument_metrics(METRICS.field, labels(…))]`",
        );
    }
    let mut unknown = vec!["Self".to_owned()];
    unknown.extend(generic_names(&model.raw.sig.generics));
    unknown.extend_from_slice(model.context.generics());
    if let Errors::Kinds(path) = &model.errors
        && let Some(name) = first_named(path.to_token_stream(), &unknown)
    {
        let problem = format!("`{name}` is not known where kinds of errors are declared");
        let help = match name.as_str() {
            "Self" => "write the name of the type instead of `Self`",
            _ => "name a function of a type that is known, or count in a field of your own",
        };
        errors.error(path, &problem, help);
        return Err(Unusable);
    }
    Ok(())
}

fn check_self_type(model: &InstrumentedFn<'_>, errors: &mut Diagnostics) {
    let options = &model.attribute.options;
    match (model.context, &options.self_type) {
        (Context::Alone, Some(text)) if text.value.trim().is_empty() => {
            errors.error_at(text.span, "`self_type` is empty", "write the name of the type");
        }
        (Context::Impl { .. }, _) if model.attribute.field.is_none() => {
            refuse_self_type(options, "the type of an `impl` block is known", errors);
        }
        _ => {}
    }
}

/// Checks that `#[track_caller]` is kept.
fn check_caller(model: &InstrumentedFn<'_>, errors: &mut Diagnostics) -> Result<(), Unusable> {
    let Some(attribute) = model.lost_caller() else { return Ok(()) };
    let (problem, help) = match model.context {
        Context::Alone => (
            "a method that returns a value loses its `#[track_caller]` when it is instrumented alone",
            "write `#[instrument_metrics]` on the `impl` block, which has room for the body beside it",
        ),
        Context::Impl { .. } => (
            "a method of a trait that returns a value loses its `#[track_caller]` when it is instrumented",
            "remove `#[track_caller]`, or add `#[instrument_metrics(skip)]`",
        ),
    };
    errors.error(attribute, problem, help);
    Err(Unusable)
}
