//! The macros of [`measurand`](https://docs.rs/measurand), which re-exports them: use that.
//!
//! Each macro is three steps, which `expand` takes in order: `ast` makes a model of the tokens and
//! of the options, which `attr` reads; `valid` says what is wrong with it; and one module per macro
//! turns it into tokens. What tokens cannot show, such as the unit of a field's type, is checked by
//! the runtime's
//! `const fn`s, which the tokens call.

mod ast;
mod attr;
mod case;
mod checks;
mod derive_config_metrics;
mod derive_label_set;
mod derive_label_value;
mod derive_metrics;
mod diagnostics;
mod expand;
mod fallback;
mod fragments;
mod instrument;
mod label_tokens;
mod slice;
#[cfg(test)]
mod snapshots;
mod valid;
mod written;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("../docs/metrics.md")]
#[doc = include_str!("../docs/options.md")]
///
#[doc = include_str!("../docs/rules.md")]
#[proc_macro_derive(Metrics, attributes(metrics, metric))]
pub fn derive_metrics(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::metrics(input).into()
}

/// Declares the link-time slice of a build of the runtime, for that alone:
/// `slice_of_this_build!(NAME: Element)`.
#[doc(hidden)]
#[proc_macro]
pub fn slice_of_this_build(input: TokenStream) -> TokenStream {
    let slice = parse_macro_input!(input as slice::Slice);
    slice::declare_slice(&slice, &slice::this_build()).into()
}

#[doc = include_str!("../docs/instrument_metrics.md")]
#[doc = include_str!("../docs/call_options.md")]
#[proc_macro_attribute]
pub fn instrument_metrics(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::instrument_metrics(options.into(), item.into()).into()
}

#[doc = include_str!("../docs/config_metrics.md")]
#[proc_macro_derive(ConfigMetrics, attributes(metrics, metric))]
pub fn derive_config_metrics(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::config_metrics(input).into()
}

#[doc = include_str!("../docs/label_value.md")]
#[proc_macro_derive(LabelValue, attributes(label))]
pub fn derive_label_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::label_value(input).into()
}

#[doc = include_str!("../docs/label_set.md")]
#[proc_macro_derive(LabelSet, attributes(label))]
pub fn derive_label_set(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::label_set(input).into()
}
