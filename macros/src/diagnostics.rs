//! Compile errors, collected so that all of an item's are shown at once.

use std::fmt;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Ident;
use syn::ext::IdentExt as _;

/// Every error of one item.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// Says what is wrong at `place`, and what to type instead.
    pub(crate) fn error(&mut self, place: &impl ToTokens, problem: &str, help: &str) {
        self.errors.push(syn::Error::new_spanned(place, format!("{problem}\nhelp: {help}")));
    }

    /// Like `error`, for a span.
    pub(crate) fn error_at(&mut self, span: Span, problem: &str, help: &str) {
        self.errors.push(syn::Error::new(span, format!("{problem}\nhelp: {help}")));
    }

    /// Takes over what darling or syn has found.
    pub(crate) fn darling(&mut self, error: darling::Error) {
        for error in error.flatten() {
            let span = error.span();
            self.errors.push(syn::Error::new(span, reword(&error.to_string())));
        }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors as tokens; empty if there are none.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }
}

/// darling's words in this project's style.
fn reword(message: &str) -> String {
    // A location such as ` at a/b` says less than the span does.
    let message = message.split(" at ").next().unwrap_or(message);
    if let Some(name) = message.strip_prefix("Duplicate field ") {
        return format!("option {name} is given twice\nhelp: remove one");
    }
    message.to_owned()
}

/// What is wrong, and what to type instead, in the same words for a literal, which a check looks at
/// here, and for a constant, which the compiler looks at.
pub(crate) struct Problem {
    pub(crate) problem: String,
    pub(crate) help: &'static str,
}

impl Problem {
    /// A help that says nothing.
    pub(crate) fn blank_help() -> Self {
        let problem = "`help` is blank, and every metric has help text".to_owned();
        Problem { problem, help: "say what is counted" }
    }

    /// A doc comment that says nothing, or none at all.
    pub(crate) fn no_help(metric: &str) -> Self {
        let problem = format!("metric `{metric}` has no help text");
        Problem { problem, help: "add a doc comment, or `#[metric(help = \"…\")]`" }
    }

    /// A label without a value.
    pub(crate) fn empty_label(label: &Ident) -> Self {
        let problem = format!("label `{}` is empty, which is the same as no label", label.unraw());
        Problem { problem, help: "write a value, or remove the label" }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.problem, self.help)
    }
}
