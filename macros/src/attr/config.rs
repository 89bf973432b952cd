//! `#[metrics(…)]` and `#[metric(…)]` where the derive is `ConfigMetrics`. The derive of the gauges reads
//! them again, and refuses what cannot be read.

use darling::FromMeta;
use darling::util::Flag;

use super::Options;
use super::value::{CratePath, Place, Text};

/// `#[metrics(…)]` on the struct. Whatever else it says is for the struct of gauges.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct ConfigOptions {
    /// Refused: the struct of gauges is an instance without labels.
    pub(crate) instance: Option<Place>,
    /// Refused, as `instance` is.
    pub(crate) group: Option<Place>,
    /// Refused, as `instance` is.
    pub(crate) global: Option<Place>,
    /// Refused, as `instance` is.
    pub(crate) unlinked: Option<Place>,
    /// Refused, as `instance` is.
    pub(crate) local: Option<Place>,
    /// Where to find `measurand`. Default: `::measurand`.
    #[darling(rename = "crate")]
    pub(crate) krate: Option<CratePath>,
}

/// `#[metric(…)]` on a field. Whatever else it says is for the gauge.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct ConfigFieldOptions {
    /// The name instead of the field's. Default: the field's name, with `_seconds` if it is a time.
    pub(crate) rename: Option<Text>,
    /// Rules that the gauge breaks on purpose, of which its unit may be one.
    pub(crate) expect: Option<Place>,
    /// The field has no gauge.
    pub(crate) skip: Flag,
}

impl Options for ConfigOptions {
    const ATTRIBUTE: &'static str = "metrics";
    const TEXT: &'static str = "namespace";
    const FORM: &'static str = "#[metrics(option, option = value, option(…))]";
    const NAMES: &'static [&'static str] =
        &["instance", "group", "global", "unlinked", "local", "crate"];
    const WORDS: &'static [&'static str] = &[];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = &[];
}

impl Options for ConfigFieldOptions {
    const ATTRIBUTE: &'static str = "metric";
    const TEXT: &'static str = "help";
    const FORM: &'static str = "#[metric(option, option = value, option(…))]";
    const NAMES: &'static [&'static str] = &["rename", "expect", "skip"];
    const WORDS: &'static [&'static str] = &["skip"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = &[];
}
