//! Arguments that the body of a function takes over.

use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::{Attribute, FnArg, Pat, PatIdent, ReceiverKind, Signature};

use super::names::names_any;
use super::types::is_never_dropped;

/// An argument that the body takes over.
pub(crate) struct Taken {
    /// The name in the signature.
    pub(crate) outer: Ident,
    /// The pattern in the body.
    pub(crate) inner: PatIdent,
    /// Its `cfg` attributes.
    pub(crate) conditions: Vec<Attribute>,
    /// All of its attributes.
    pub(crate) attrs: Vec<Attribute>,
}

/// Takes over the arguments that are dropped at the end of a call, if there are several: a closure
/// or a future would drop them in the order in which the body uses them.
pub(super) fn take(sig: &mut Signature) -> Vec<Taken> {
    let has_end = |input: &&FnArg| match input {
        FnArg::Receiver(receiver) => !matches!(receiver.kind, ReceiverKind::Reference(..)),
        FnArg::Typed(input) => !is_never_dropped(&input.ty),
    };
    if sig.inputs.iter().filter(has_end).count() < 2 {
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
        // A lint would report that a name with a leading `_` is used.
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

/// Returns whether an attribute may remove the argument.
pub(crate) fn is_condition(attr: &Attribute) -> bool {
    is_or_may_be(attr, "cfg")
}

/// Returns whether an attribute expects a lint, which is only raised in the body.
pub(crate) fn is_expectation(attr: &Attribute) -> bool {
    is_or_may_be(attr, "expect")
}

/// Returns whether an attribute has this name, or is a `cfg_attr` that may expand to it.
fn is_or_may_be(attr: &Attribute, name: &str) -> bool {
    attr.path().is_ident(name)
        || attr.path().is_ident("cfg_attr") && names_any(attr.meta.to_token_stream(), &[name])
}
