//! Compile errors, collected so that all of an item's are shown at once.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;

/// Every error of one item.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// Says what is wrong at `place`, and what to type instead.
    pub(crate) fn error(&mut self, place: &impl Spanned, problem: &str, help: &str) {
        self.error_at(place.span(), problem, help);
    }

    /// The same, for a span.
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

    /// The errors as tokens; empty if there are none.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }
}

/// darling's words in this project's style.
fn reword(message: &str) -> String {
    // A location such as ` at a/b` says less than the span does.
    let message = message.split(" at ").next().unwrap_or(message);
    if let Some(rest) = message.strip_prefix("Unknown field: ") {
        let (name, hint) = rest.split_once(". ").unwrap_or((rest, ""));
        let hint = hint.trim_start_matches("Did you mean ").trim_end_matches('?');
        let help = if hint.starts_with('`') {
            format!("did you mean {hint}?")
        } else {
            "the options are in the documentation of `#[derive(Metrics)]`".to_owned()
        };
        return format!("there is no option {name}\nhelp: {help}");
    }
    if let Some(name) = message.strip_prefix("Duplicate field ") {
        return format!("option {name} is given twice\nhelp: remove one");
    }
    message.to_owned()
}
