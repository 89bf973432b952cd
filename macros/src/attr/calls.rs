//! The options of `#[instrument_metrics(…)]`.

use darling::FromMeta;
use darling::util::Flag;
use syn::Expr;

use super::Options;
use super::call_values::{CallLabels, Decision, ErrorKind, Sample, SkipCalls};
use super::value::{CratePath, Text};

/// `#[instrument_metrics(…)]`, on a function or an `impl` block.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct CallOptions {
    /// The labels of the calls, in a field of one's own. Default: none.
    pub(crate) labels: Option<CallLabels>,
    /// Turns an error into a label. Default: errors are not told apart.
    pub(crate) error: Option<ErrorKind>,
    /// `None` counts as an error. Default: it does not.
    pub(crate) none_is_error: Flag,
    /// Decides whether a returned value is an error. Default: its type says so.
    pub(crate) is_error: Option<Decision>,
    /// Times one call in so many. Default: every call.
    pub(crate) sample: Option<Sample>,
    /// What is not counted; alone, on a method in an `impl` block, all of it.
    pub(crate) skip: Option<SkipCalls>,
    /// The type that stands before the name of a method. Default: none.
    pub(crate) self_type: Option<Text>,
    /// Where to find `measurand`. Default: `::measurand`.
    #[darling(rename = "crate")]
    pub(crate) krate: Option<CratePath>,
}

impl Options for CallOptions {
    const ATTRIBUTE: &'static str = "instrument_metrics";
    const TEXT: &'static str = "self_type";
    const FORM: &'static str =
        "#[instrument_metrics(METRICS.field, option, option = value, option(…))]";
    const NAMES: &'static [&'static str] =
        &["labels", "error", "none_is_error", "is_error", "sample", "skip", "self_type", "crate"];
    const WORDS: &'static [&'static str] = &["none_is_error"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = &[(
        &["buckets", "max_series", "max_label_bytes", "help", "rename", "namespace"],
        "the field of type `Calls`, in a struct with `#[derive(Metrics)]`",
    )];
}

/// What stands in the parentheses.
#[derive(Default)]
pub(crate) struct CallAttribute {
    /// The field that the calls are counted in.
    pub(crate) field: Option<Expr>,
    pub(crate) options: CallOptions,
}

impl CallAttribute {
    /// Whether anything stands beside `skip`.
    pub(crate) fn has_more_than_skip(&self) -> bool {
        let CallOptions {
            labels,
            error,
            none_is_error,
            is_error,
            sample,
            skip: _,
            self_type,
            krate,
        } = &self.options;
        self.field.is_some()
            || labels.is_some()
            || error.is_some()
            || none_is_error.is_present()
            || is_error.is_some()
            || sample.is_some()
            || self_type.is_some()
            || krate.is_some()
    }
}
