//! The model of an instrumented function.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr, LitInt, Path, Signature};

use super::arguments::{self, Taken};
use super::body::Body;
use super::endings::is_always_ok;
use super::item::{Context, RawFn};
use super::names::{bound_names, names_any, text};
use super::returned::{Output, Returned};
use super::types::{ALIAS, last_name, opened};
use crate::attr::call_values::{CallLabels, SkipCalls};
use crate::attr::calls::{CallAttribute, CallOptions};
use crate::attr::value::crate_path;

/// A function with `#[instrument_metrics]`.
pub(crate) struct InstrumentedFn<'a> {
    /// As it is written.
    pub(crate) raw: &'a RawFn,
    pub(crate) attribute: &'a CallAttribute,
    pub(crate) context: &'a Context<'a>,
    pub(crate) returned: Returned<'a>,
    /// Without the parts of its arguments that are in `taken`.
    pub(crate) sig: Signature,
    /// With its braces; it may be half-typed. Empty if there is no body, which is a mistake.
    pub(crate) block: TokenStream,
    pub(crate) body: Body,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    /// Its name, after that of its type if that is known.
    pub(crate) name: String,
    pub(crate) counted: Counted,
    pub(crate) errors: Errors,
    pub(crate) output: Output,
    /// How many layers of the returned value are opened to find how the call ended.
    pub(crate) opened: usize,
    pub(crate) timing: Timing,
    /// Arguments that the body takes over in order, so that they are dropped as without the
    /// attribute.
    pub(crate) taken: Vec<Taken>,
    /// Where the body moves, to keep `#[track_caller]`.
    pub(crate) moved: Option<Moved>,
}

/// Where calls are counted.
pub(crate) enum Counted {
    /// In the families that all functions share.
    Alone {
        /// Whether the call can return, fail and be cancelled.
        outcomes: [bool; 3],
        has_in_progress: bool,
    },
    /// In a field.
    Field {
        field: Box<Expr>,
        labels: Option<CallLabels>,
        /// Whether its type can be looked at without the function's arguments.
        is_free: bool,
    },
}

/// Which returned values are errors.
pub(crate) enum Errors {
    /// None is: their type cannot say so.
    Never,
    /// Those that say so.
    Fallible,
    /// Those that say so, by the kind that this function makes of them.
    Kinds(Expr),
    /// `None`.
    Nones,
    /// Those that this function picks.
    Decided(Expr),
}

/// Which calls are timed.
pub(crate) enum Timing {
    Every,
    OneIn(LitInt),
    Never,
}

/// Where the body of a function with `#[track_caller]` goes.
pub(crate) enum Moved {
    /// Into a function inside.
    Inside,
    /// Into a method beside it.
    Beside,
}

impl<'a> InstrumentedFn<'a> {
    /// Reads a function. One that cannot be instrumented has a model too, for the checks.
    pub(crate) fn read(
        raw: &'a RawFn,
        attribute: &'a CallAttribute,
        context: &'a Context<'a>,
    ) -> Self {
        let options = &attribute.options;
        let returned = Returned::of(&raw.sig);
        let fallible = returned.fallible();
        let block = raw.block.clone().unwrap_or_default();
        // The value is not examined if all values are `Ok`.
        let errors = match Errors::of(options, &returned) {
            Errors::Fallible if fallible.is_some_and(|ty| is_always_ok(&block, ty)) => {
                Errors::Never
            }
            errors => errors,
        };
        let body = Body::of(&raw.sig, &block, &returned, !matches!(errors, Errors::Never));
        let moved = losing_caller(raw, &body).and_then(|_| Moved::of(raw, context));
        let mut sig = raw.sig.clone();
        let keeps_order = moved.is_some() || body.keeps_order();
        let taken = if keeps_order { Vec::new() } else { arguments::take(&mut sig) };
        InstrumentedFn {
            sig,
            body,
            krate: crate_path(options.krate.as_ref()),
            name: name(&raw.sig, options, context),
            counted: Counted::of(raw, attribute, context, &returned),
            errors,
            output: returned.output(&raw.sig),
            opened: fallible.map_or(0, |ty| opened(ty, ALIAS)),
            timing: Timing::of(options),
            taken,
            moved,
            block,
            raw,
            attribute,
            context,
            returned,
        }
    }

    /// Returns the attribute `#[track_caller]` if it would be lost: the body has to move, and there
    /// is no place for it.
    pub(crate) fn lost_caller(&self) -> Option<&'a Attribute> {
        losing_caller(self.raw, &self.body).filter(|_| self.moved.is_none())
    }
}

/// Returns the attribute `#[track_caller]` if the body would be in a closure, which does not have
/// it.
fn losing_caller<'a>(raw: &'a RawFn, body: &Body) -> Option<&'a Attribute> {
    let attribute = raw.attrs.iter().find(|attr| attr.path().is_ident("track_caller"))?;
    let is_moved = matches!(body, Body::Returning(_)) && raw.sig.asyncness.is_none();
    is_moved.then_some(attribute)
}

/// Returns the name of a function, after that of its type if that is known.
fn name(sig: &Signature, options: &CallOptions, context: &Context<'_>) -> String {
    let own_name = text(&sig.ident);
    let self_type = match (context, &options.self_type) {
        (Context::Impl { self_type, .. }, _) => Some(*self_type),
        (Context::Alone, Some(text)) => Some(text.value.as_str()),
        (Context::Alone, None) => None,
    };
    self_type.map_or_else(|| own_name.clone(), |ty| format!("{ty}::{own_name}"))
}

impl Errors {
    /// Returns which values are errors, as far as options and type tell.
    fn of(options: &CallOptions, returned: &Returned<'_>) -> Self {
        match (&options.error, &options.is_error) {
            _ if options.none_is_error.is_present() => Errors::Nones,
            (Some(kind), _) => Errors::Kinds(kind.0.clone()),
            (None, Some(decision)) => Errors::Decided(decision.0.clone()),
            (None, None) if returned.fallible().is_none() => Errors::Never,
            (None, None) => Errors::Fallible,
        }
    }
}

impl Timing {
    fn of(options: &CallOptions) -> Self {
        match (&options.sample, &options.skip) {
            (_, Some(SkipCalls::Parts { duration: Some(_), .. })) => Timing::Never,
            (Some(sample), _) if sample.0.base10_digits() != "1" => Timing::OneIn(sample.0.clone()),
            _ => Timing::Every,
        }
    }
}

impl Counted {
    fn of(
        raw: &RawFn,
        attribute: &CallAttribute,
        context: &Context<'_>,
        returned: &Returned<'_>,
    ) -> Self {
        let options = &attribute.options;
        if let Some(field) = &attribute.field {
            let bound = bound_names(&raw.sig, context.generics());
            return Counted::Field {
                field: Box::new(field.clone()),
                labels: options.labels.clone(),
                is_free: is_place(field) && !names_any(field.to_token_stream(), &bound),
            };
        }
        let is_result = |ty| last_name(ty).is_some_and(|name| name.ends_with("Result"));
        let can_fail = match Errors::of(options, returned) {
            Errors::Never => false,
            Errors::Fallible => returned.fallible().is_some_and(is_result),
            Errors::Kinds(_) | Errors::Nones | Errors::Decided(_) => true,
        };
        let is_in_progress_skipped =
            matches!(options.skip, Some(SkipCalls::Parts { in_progress: Some(_), .. }));
        Counted::Alone {
            outcomes: [
                !matches!(returned, Returned::Never),
                can_fail,
                returned.is_future(&raw.sig),
            ],
            has_in_progress: !is_in_progress_skipped,
        }
    }
}

/// Returns whether an expression seems to be a `'static` place: a field of a static or of
/// `global()`.
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

impl Moved {
    /// Returns where the body can go, if there is a place for it.
    fn of(raw: &RawFn, context: &Context<'_>) -> Option<Self> {
        const OWN: &[&str] = &["self", "Self"];
        let is_method = names_any(raw.sig.to_token_stream(), OWN)
            || raw.block.clone().is_some_and(|block| names_any(block, OWN));
        match context {
            Context::Alone if !is_method => Some(Moved::Inside),
            Context::Alone | Context::Impl { is_of_trait: true, .. } => None,
            Context::Impl { .. } => Some(Moved::Beside),
        }
    }
}
