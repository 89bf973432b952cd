//! What is wrong with an instrumented function, and what its tokens show of how it ends.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, FnArg, GenericParam, Generics, Ident, ImplItem, ImplItemFn, ItemImpl, Pat,
    ReceiverKind, Signature, Type, parse_quote,
};

use super::endings::is_always_ok;
use super::item::RawFn;
use super::returned::{Returned, body};
use super::types::{ALIAS, is_never_dropped, last_name, opened};
use crate::ast::{Body, Counted, Errors, FutureBody, InstrumentedFn, Moved, Taken, Timing};
use crate::attr::Options as _;
use crate::attr::calls::{CallAttribute, CallOptions, SkipCalls, read_attribute};
use crate::diagnostics::Diagnostics;
use crate::written::written;

/// What a function is part of.
pub(crate) enum Context<'a> {
    /// Unknown: the attribute stands on the function alone.
    Alone,
    /// An `impl` block that has the attribute.
    Impl {
        self_type: &'a str,
        is_of_trait: bool,
        /// The names that its parameters bind.
        generics: &'a [String],
    },
}

/// The name of the type of an `impl` block.
pub(crate) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => {
            path.path.segments.last().map_or_else(String::new, |last| ident_text(&last.ident))
        }
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        other => written(other),
    }
}

/// Whether an attribute is this one, on a method of an `impl` block.
pub(crate) fn is_own(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == CallOptions::ATTRIBUTE)
}

/// The attribute of a method of an `impl` block, if it has one of its own.
pub(crate) fn own_attribute(
    method: &mut ImplItemFn,
    errors: &mut Diagnostics,
) -> Option<CallAttribute> {
    for attribute in method.attrs.iter().filter(|attr| attr.path().is_ident("cfg_attr")) {
        if names_any(attribute.meta.to_token_stream(), &[CallOptions::ATTRIBUTE.to_owned()]) {
            errors.error(
                attribute,
                "whether this attribute is there is not known where the `impl` block is instrumented",
                "write `#[instrument_metrics(…)]` without the condition, or not on the block",
            );
        }
    }
    let index = method.attrs.iter().position(is_own)?;
    let attribute = method.attrs.remove(index);
    report_twice(&method.attrs, errors);
    method.attrs.retain(|attribute| !is_own(attribute));
    let own = read_attribute(&attribute, &bound_names(&method.sig, &Context::Alone), errors);
    if let Some(SkipCalls::All(span)) = own.options.skip
        && own.has_more_than_skip()
    {
        errors.error_at(
            span,
            "a method that is left out has no options",
            "remove `skip`, or all else",
        );
    }
    Some(own)
}

/// Whether `#[tracing::instrument]` stands below this attribute: it is to come first, since what it
/// makes of an `async` body can be taken as it is.
pub(crate) fn is_traced_later(raw: &RawFn) -> bool {
    let is_tracing = |attr: &Attribute| {
        attr.path().segments.last().is_some_and(|last| last.ident == "instrument")
    };
    raw.sig.asyncness.is_some() && raw.block.is_some() && raw.attrs.iter().any(is_tracing)
}

/// Says that a function has this attribute once more.
fn report_twice(attrs: &[Attribute], errors: &mut Diagnostics) {
    for twice in attrs.iter().filter(|attribute| is_own(attribute)) {
        let problem = "a function that is instrumented twice counts each call twice";
        errors.error(twice, problem, "remove one attribute");
    }
}

/// Whether the attribute takes a method out of an `impl` block that is instrumented.
pub(crate) fn is_skipped(attribute: &CallAttribute) -> bool {
    matches!(attribute.options.skip, Some(SkipCalls::All(_)))
}

/// Refuses options that an `impl` block cannot have.
pub(crate) fn check_block(item: &ItemImpl, attribute: &CallAttribute, errors: &mut Diagnostics) {
    if let Some(text) = &attribute.options.self_type {
        errors.error_at(text.span, "the type of an `impl` block is known", "remove `self_type`");
    }
    if let Some(SkipCalls::All(span)) = attribute.options.skip {
        errors.error_at(
            span,
            "`skip` alone is for a method in an `impl` block that is instrumented",
            "remove the attribute",
        );
    }
    let has_functions = item.items.iter().any(|item| matches!(item, ImplItem::Fn(_)));
    if !has_functions {
        errors.error(&item.self_ty, "the `impl` block has no functions", "remove the attribute");
    }
}

/// Says that only functions are instrumented.
pub(crate) fn report_other(item: TokenStream, errors: &mut Diagnostics) {
    let help = match syn::parse2::<syn::Item>(item.clone()) {
        Ok(syn::Item::Trait(_)) => "write it on the methods that have a body, or on `impl` blocks",
        Ok(syn::Item::ForeignMod(_)) => {
            "write a function that calls the foreign one, and instrument that"
        }
        Ok(syn::Item::Struct(_)) => "for the metrics of a struct write `#[derive(Metrics)]`",
        Ok(syn::Item::Mod(_)) => "write it on the functions of the module",
        _ => "write it on a function",
    };
    // At the first words, since all of it may be long.
    let start = item.into_iter().next();
    errors.error(&start, "`#[instrument_metrics]` is for functions and `impl` blocks", help);
}

/// The checked function, or nothing if it cannot be instrumented.
pub(crate) fn function(
    raw: &RawFn,
    attribute: &CallAttribute,
    context: &Context<'_>,
    errors: &mut Diagnostics,
) -> Option<InstrumentedFn> {
    let RawFn { attrs, vis, modifiers, sig, block } = raw;
    let options = &attribute.options;
    if let Some(constness) = &sig.constness {
        let help = match context {
            Context::Alone => "remove `const`, or the attribute",
            Context::Impl { .. } => "remove `const`, or add `#[instrument_metrics(skip)]` to it",
        };
        let problem =
            "a `const fn` cannot be instrumented, since nothing is counted while it is compiled";
        errors.error(constness, problem, help);
        return None;
    }
    let Some(block) = block else {
        errors.error(
            &sig.ident,
            &format!("`{}` has no body that could be instrumented", sig.ident),
            "write `#[instrument_metrics]` where the body is",
        );
        return None;
    };
    if let Some(variadic) = &sig.variadic {
        errors.error(
            variadic,
            "a variadic function cannot be instrumented",
            "remove the attribute",
        );
        return None;
    }
    if let Context::Alone = context {
        report_twice(attrs, errors);
    }
    if let (Some(SkipCalls::All(span)), Context::Alone) = (&options.skip, context) {
        errors.error_at(
            *span,
            "`skip` alone is for a method in an `impl` block that is instrumented",
            "remove the attribute",
        );
        return None;
    }
    let (duration, in_progress) = match &options.skip {
        Some(SkipCalls::Parts { duration, in_progress }) => (*duration, *in_progress),
        _ => (None, None),
    };
    let timing = match (&options.sample, duration) {
        (Some(sample), Some(span)) => {
            errors.error_at(
                span,
                "calls are not timed, so none can be sampled",
                &format!("remove `sample = {}`, or `duration`", sample.0),
            );
            Timing::Never
        }
        (Some(sample), None) if sample.0.base10_digits() == "1" => Timing::Every,
        (Some(sample), None) => Timing::OneIn(sample.0.clone()),
        (None, Some(_)) => Timing::Never,
        (None, None) => Timing::Every,
    };
    let returned = Returned::of(sig);
    let fallible = returned.fallible();
    if options.none_is_error.is_present() && fallible.is_none() {
        errors.error_at(
            options.none_is_error.span(),
            &format!("`{}` returns no `Option`, and so never `None`", sig.ident),
            "remove `none_is_error`",
        );
        return None;
    }
    if let (Some(kind), None) = (&options.error, fallible) {
        errors.error(
            &kind.0,
            &format!("`{}` returns nothing that could be an error", sig.ident),
            "remove `error`, or return a `Result`",
        );
        return None;
    }
    let picked = options.none_is_error.is_present() || options.error.is_some();
    if let (Some(decision), true) = (&options.is_error, picked) {
        let other = if options.error.is_some() { "error" } else { "none_is_error" };
        let problem = format!("`is_error` and `{other}` both say what an error is");
        errors.error(&decision.0, &problem, "remove one of the two");
    }
    if let (Some(decision), Returned::Nothing | Returned::Never) = (&options.is_error, &returned) {
        errors.error(
            &decision.0,
            &format!("`{}` returns nothing that could be an error", sig.ident),
            "remove `is_error`",
        );
        return None;
    }
    let error_kinds = match (&options.error, options.none_is_error.is_present(), &options.is_error)
    {
        (Some(kind), true, _) => {
            let problem = "`none_is_error` has no error that `error` could make a label of";
            errors.error(&kind.0, problem, "remove one of the two");
            Errors::Nones
        }
        (Some(kind), false, _) => Errors::Kinds(kind.0.clone()),
        (None, true, _) => Errors::Nones,
        (None, false, Some(decision)) => Errors::Decided(decision.0.clone()),
        (None, false, None) if fallible.is_none() => Errors::Never,
        (None, false, None) => Errors::Fallible,
    };
    let is_result = |ty| last_name(ty).is_some_and(|name| name.ends_with("Result"));
    let is_error_possible = match error_kinds {
        Errors::Never => false,
        Errors::Fallible => fallible.is_some_and(is_result),
        Errors::Kinds(_) | Errors::Nones | Errors::Decided(_) => true,
    };
    let counted = match &attribute.field {
        Some(field) => {
            if sig.receiver().is_none() && names_any(field.to_token_stream(), &["self".to_owned()])
            {
                let help = match context {
                    Context::Alone => "name a field of a static",
                    Context::Impl { .. } => {
                        "add `#[instrument_metrics(skip)]` to it, or name a field of a static"
                    }
                };
                errors.error(
                    &sig.ident,
                    &format!(
                        "`{}` has no `self`, of which a field is to count its calls",
                        sig.ident
                    ),
                    help,
                );
                return None;
            }
            if let Some(span) = in_progress {
                errors.error_at(
                    span,
                    "a field's calls in progress are those of all functions that it counts",
                    "remove `in_progress`",
                );
            }
            if let Some(text) = &options.self_type {
                errors.error_at(
                    text.span,
                    "the calls of a field have no label for the function",
                    "remove `self_type`",
                );
            }
            Counted::Field {
                field: Box::new(field.clone()),
                labels: options.labels.clone(),
                is_free: is_place(field)
                    && !names_any(field.to_token_stream(), &bound_names(sig, context)),
            }
        }
        None => {
            if let Some(labels) = &options.labels {
                errors.error_at(
                    labels.span,
                    "labels are those of a field of type `Calls`, in a metrics struct",
                    "write that field first: `#[instrument_metrics(METRICS.field, labels(…))]`",
                );
            }
            let mut unknown = vec!["Self".to_owned()];
            unknown.extend(generic_names(&sig.generics));
            if let Context::Impl { generics, .. } = context {
                unknown.extend_from_slice(generics);
            }
            if let Errors::Kinds(path) = &error_kinds
                && let Some(name) = first_named(path.to_token_stream(), &unknown)
            {
                let problem = format!("`{name}` is not known where kinds of errors are declared");
                let help = match name.as_str() {
                    "Self" => "write the name of the type instead of `Self`",
                    _ => "name a function of a type that is known, or count in a field of your own",
                };
                errors.error(path, &problem, help);
                return None;
            }
            Counted::Alone {
                outcomes: [
                    !matches!(returned, Returned::Never),
                    is_error_possible,
                    returned.is_future(sig),
                ],
                has_in_progress: in_progress.is_none(),
            }
        }
    };
    let own_name = ident_text(&sig.ident);
    let self_type = match (context, &options.self_type) {
        (Context::Impl { self_type, .. }, _) => Some(*self_type),
        (Context::Alone, Some(text)) => Some(text.value.as_str()),
        (Context::Alone, None) => None,
    };
    if let (Context::Alone, Some(text)) = (context, &options.self_type)
        && text.value.trim().is_empty()
    {
        errors.error_at(text.span, "`self_type` is empty", "write the name of the type");
    }
    if let (Context::Impl { .. }, Some(text), None) =
        (context, &options.self_type, &attribute.field)
    {
        errors.error_at(text.span, "the type of an `impl` block is known", "remove `self_type`");
    }
    let name = self_type.map_or_else(|| own_name.clone(), |ty| format!("{ty}::{own_name}"));
    // Nothing is to be looked at where only one thing comes.
    let error_kinds = match (error_kinds, fallible) {
        (Errors::Fallible, Some(ty)) if is_always_ok(block, ty) => Errors::Never,
        (error_kinds, _) => error_kinds,
    };
    let body = body(sig, block, &returned, &error_kinds);
    let output = returned.output(sig);
    let moved = moved(raw, &body, context, errors)?;
    let mut sig = sig.clone();
    let taken = if moved.is_none() { take_arguments(&mut sig, &body) } else { Vec::new() };
    Some(InstrumentedFn {
        attrs: attrs.clone(),
        vis: vis.clone(),
        modifiers: modifiers.clone(),
        sig,
        block: block.clone(),
        body,
        taken,
        krate: options
            .krate
            .as_ref()
            .map_or_else(|| parse_quote!(::measurand), |path| path.0.clone()),
        name,
        counted,
        errors: error_kinds,
        output,
        opened: fallible.map_or(0, |ty| opened(ty, ALIAS)),
        timing,
        moved,
    })
}

fn ident_text(ident: &Ident) -> String {
    use syn::ext::IdentExt;
    ident.unraw().to_string()
}

/// The names that the function binds: they mean nothing outside of it.
pub(crate) fn bound_names(sig: &Signature, context: &Context<'_>) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            self.0.push(pat.ident.to_string());
            visit::visit_pat_ident(self, pat);
        }
    }
    let mut names = Names(vec!["self".to_owned(), "Self".to_owned()]);
    sig.inputs.iter().for_each(|input| names.visit_fn_arg(input));
    names.0.extend(generic_names(&sig.generics));
    if let Context::Impl { generics, .. } = context {
        names.0.extend_from_slice(generics);
    }
    names.0
}

/// Whether an expression is a place that lives for ever, as far as its tokens show: a field of a
/// static, or of what `global()` gives.
fn is_place(field: &Expr) -> bool {
    match field {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Group(inner) => is_place(&inner.expr),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => {
                path.path.segments.last().is_some_and(|last| last.ident == "global")
            }
            _ => false,
        },
        _ => false,
    }
}

/// Takes the arguments out of the signature that are dropped at the end of a call, if there are
/// several: a closure or a future would drop them in the order in which the body names them.
fn take_arguments(sig: &mut Signature, body: &Body) -> Vec<Taken> {
    let keeps_order =
        matches!(body, Body::InPlace | Body::Traced { .. } | Body::Future(FutureBody::Tail { .. }));
    let has_end = |input: &&FnArg| match input {
        FnArg::Receiver(receiver) => !matches!(receiver.kind, ReceiverKind::Reference(..)),
        FnArg::Typed(input) => !is_never_dropped(&input.ty),
    };
    if keeps_order || sig.inputs.iter().filter(has_end).count() < 2 {
        return Vec::new();
    }
    let mut taken = Vec::new();
    for input in &mut sig.inputs {
        let FnArg::Typed(input) = input else { continue };
        let Pat::Ident(name) = &mut *input.pat else { continue };
        if name.by_ref.is_some() || name.subpat.is_some() || is_never_dropped(&input.ty) {
            continue;
        }
        let inner = name.clone();
        name.mutability = None;
        // Nobody names what starts so, and a lint would say that it is named.
        if name.ident.to_string().starts_with('_') {
            name.ident.set_span(Span::mixed_site().located_at(name.ident.span()));
        }
        let outer = name.ident.clone();
        let attrs = input.attrs.clone();
        input.attrs.retain(|attr| !is_expectation(attr));
        let conditions = attrs.iter().filter(|attr| is_condition(attr)).cloned().collect();
        taken.push(Taken { outer, inner, conditions, attrs });
    }
    taken
}

/// Whether an argument may not be there because of an attribute.
fn is_condition(attr: &Attribute) -> bool {
    let names = ["cfg".to_owned()];
    attr.path().is_ident("cfg")
        || attr.path().is_ident("cfg_attr") && names_any(attr.meta.to_token_stream(), &names)
}

/// Whether an attribute expects a lint, which only comes where the body names an argument.
fn is_expectation(attr: &Attribute) -> bool {
    let names = ["expect".to_owned()];
    attr.path().is_ident("expect")
        || attr.path().is_ident("cfg_attr") && names_any(attr.meta.to_token_stream(), &names)
}

/// The types and constants that generics bind.
pub(crate) fn generic_names(generics: &Generics) -> impl Iterator<Item = String> {
    generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(ty) => Some(ty.ident.to_string()),
        GenericParam::Const(constant) => Some(constant.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    })
}

/// Whether one of the names stands in the tokens.
fn names_any(tokens: TokenStream, names: &[String]) -> bool {
    first_named(tokens, names).is_some()
}

/// The first of the names that stands in the tokens.
fn first_named(tokens: TokenStream, names: &[String]) -> Option<String> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => names.iter().find(|name| ident == name).cloned(),
        TokenTree::Group(group) => first_named(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// Where the body of a function with `#[track_caller]` goes, if it would move into a closure, which
/// has no caller. Nothing at all if there is no place for it.
fn moved(
    raw: &RawFn,
    body: &Body,
    context: &Context<'_>,
    errors: &mut Diagnostics,
) -> Option<Option<Moved>> {
    let attribute = raw.attrs.iter().find(|attr| attr.path().is_ident("track_caller"));
    let (Some(attribute), Body::Returning(_), None) = (attribute, body, &raw.sig.asyncness) else {
        return Some(None);
    };
    let sig = &raw.sig;
    let own = ["self".to_owned(), "Self".to_owned()];
    let is_method = names_any(sig.to_token_stream(), &own)
        || raw.block.clone().is_some_and(|block| names_any(block, &own));
    match context {
        Context::Alone if !is_method => Some(Some(Moved::Inside)),
        Context::Alone => {
            errors.error(
                attribute,
                "a method that returns a value loses its `#[track_caller]` when it is instrumented alone",
                "write `#[instrument_metrics]` on the `impl` block, which has room for the body beside it",
            );
            None
        }
        Context::Impl { is_of_trait: true, .. } => {
            errors.error(
                attribute,
                "a method of a trait that returns a value loses its `#[track_caller]` when it is instrumented",
                "remove `#[track_caller]`, or add `#[instrument_metrics(skip)]`",
            );
            None
        }
        _ => Some(Some(Moved::Beside)),
    }
}

/// An argument where it is handed on.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    /// Whether it is there.
    pub(crate) conditions: Vec<Attribute>,
}

/// The arguments of a function by names of their own, and these names.
pub(crate) fn renamed(sig: &Signature) -> (Signature, Vec<Argument>) {
    let mut sig = sig.clone();
    let mut names = Vec::new();
    for (index, input) in sig.inputs.iter_mut().enumerate() {
        if let FnArg::Receiver(receiver) = input {
            receiver.mutability = None;
        }
        if let FnArg::Typed(input) = input {
            let span = input.pat.span();
            let name = Ident::new(&format!("__measurand_arg{index}"), span);
            *input.pat = parse_quote!(#name);
            let conditions = input.attrs.iter().filter(|attr| is_condition(attr)).cloned();
            names.push(Argument { name, conditions: conditions.collect() });
            input.attrs.retain(|attr| !is_expectation(attr));
        }
    }
    (sig, names)
}
