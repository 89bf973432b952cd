//! `#[metrics(…)]` and `#[metric(…)]` with `#[derive(ConfigMetrics)]`. The derive of the gauges reads the
//! attributes again, and reports what cannot be read.

use darling::FromMeta;
use darling::util::Flag;

use super::Options;
use super::value::{CratePath, Place, Text};

/// `#[metrics(…)]` on the struct. Other options are for the struct of gauges.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct ConfigOptions {
    /// Not allowed: the gauges are always an instance without labels.
    pub(crate) instance: Option<Place>,
    /// Not allowed: the gauges cannot be flattened into others.
    pub(crate) group: Option<Place>,
    /// Not allowed: the gauges have no static.
    pub(crate) global: Option<Place>,
    /// Not allowed: the gauges are registered at run time anyway.
    pub(crate) unlinked: Option<Place>,
    /// Not allowed: the names of the gauges are not compared within the crate.
    pub(crate) local: Option<Place>,
    /// Where to find `measurand`. Default: `::measurand`.
    #[darling(rename = "crate")]
    pub(crate) krate: Option<CratePath>,
}

/// `#[metric(…)]` on a field. Other options are for the gauge.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct ConfigFieldOptions {
    /// The name of the gauge. Default: the field's name, with `_seconds` if it is a `Duration`.
    pub(crate) rename: Option<Text>,
    /// Rules that the gauge breaks on purpose, so its unit is not checked here.
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
