//! `#[metrics(…)]` on a struct and `#[metric(…)]` on its fields.

use darling::FromMeta;
use darling::util::Flag;

use super::Options;
use super::buckets::Buckets;
use super::field_values::{Flatten, HelpText, Limit, ReadFunction, Skip};
use super::native::Native;
use super::quantiles::Quantiles;
use super::rules::{Expect, RuleNames};
use super::struct_values::{ConstLabels, InstanceLabels, Legacy, StaticName};
use super::time::Time;
use super::value::{CratePath, Text};

/// `#[metrics(…)]` on the struct.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct StructOptions {
    /// First part of every name. Default: none.
    pub(crate) namespace: Option<Text>,
    /// Second part of every name. Default: none.
    pub(crate) subsystem: Option<Text>,
    /// Labels with values that are the same for the whole struct. Default: none.
    pub(crate) const_labels: Option<ConstLabels>,
    /// Makes a `static` of this name. Default: only `Self::global()` reaches the struct.
    pub(crate) global: Option<StaticName>,
    /// The struct is made and registered at run time, with these labels, if any.
    pub(crate) instance: Option<InstanceLabels>,
    /// The struct is only flattened into others.
    pub(crate) group: Flag,
    /// Names may be defined elsewhere in the crate too; for tests.
    pub(crate) local: Flag,
    /// The static is only in the registries that it is registered with. Default: it is in that of
    /// the binary.
    pub(crate) unlinked: Flag,
    /// All names may break the rules, for a reason. Default: each metric says so itself.
    pub(crate) legacy: Option<Legacy>,
    /// Names may have any characters. Default: letters, digits and `_`.
    pub(crate) utf8: Flag,
    /// Rules to check that are off by default.
    pub(crate) deny: Option<RuleNames>,
    /// Rules that the struct's namespace and labels break on purpose.
    pub(crate) expect: Option<Expect>,
    /// Where to find `measurand`. Default: `::measurand`.
    #[darling(rename = "crate")]
    pub(crate) krate: Option<CratePath>,
}

/// `#[metric(…)]` on a field.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct FieldOptions {
    /// The name instead of the field's. Default: the field's name.
    pub(crate) rename: Option<Text>,
    /// The help text. Default: the first paragraph of the doc comment.
    pub(crate) help: Option<HelpText>,
    /// Upper bounds of a histogram's buckets. Default: client_golang's, for seconds only.
    pub(crate) buckets: Option<Buckets>,
    /// How fine native buckets are, and what is done where there are too many. Default: as
    /// Prometheus recommends.
    pub(crate) native: Option<Native>,
    /// The most series of a family. Default: none, which open labels may not have.
    pub(crate) max_series: Option<Limit>,
    /// The most bytes that the value of an open label may have. Default: 1024.
    pub(crate) max_label_bytes: Option<Limit>,
    /// How long an open series may go without an update. Default: for ever.
    pub(crate) expire_after: Option<Time>,
    /// Shows every series of a closed family from the start. Default: up to 100 lines.
    pub(crate) zeros: Flag,
    /// The quantiles of a summary, each with the error of its rank. Default: none.
    pub(crate) quantiles: Option<Quantiles>,
    /// How long the quantiles of a summary look back. Default: 10 minutes.
    pub(crate) max_age: Option<Time>,
    /// In how many steps that time passes. Default: 5.
    pub(crate) age_buckets: Option<Limit>,
    /// The function that a `Read` shows the value of.
    pub(crate) read: Option<ReadFunction>,
    /// The name may have any characters. Default: letters, digits and `_`.
    pub(crate) utf8: Flag,
    /// Rules that the metric breaks on purpose.
    pub(crate) expect: Option<Expect>,
    /// The field is a group, whose metrics become the struct's.
    pub(crate) flatten: Option<Flatten>,
    /// The field is no metric; it starts as this constant.
    pub(crate) skip: Option<Skip>,
}

const METRICS_PLACES: &[(&[&str], &str)] = &[
    (StructOptions::NAMES, "`#[metrics(…)]` on the struct"),
    (FieldOptions::NAMES, "`#[metric(…)]` on a field"),
    (&["prefix"], "`#[metric(flatten(prefix = \"…\"))]`"),
];

impl Options for StructOptions {
    const ATTRIBUTE: &'static str = "metrics";
    const TEXT: &'static str = "namespace";
    const FORM: &'static str = "#[metrics(option, option = value, option(…))]";
    const NAMES: &'static [&'static str] = &[
        "namespace",
        "subsystem",
        "const_labels",
        "global",
        "instance",
        "group",
        "local",
        "unlinked",
        "legacy",
        "utf8",
        "deny",
        "expect",
        "crate",
    ];
    const WORDS: &'static [&'static str] = &["group", "local", "unlinked", "utf8"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = METRICS_PLACES;
    const MEANT: &'static [(&'static [&'static str], &'static str)] = &[
        (&["prefix", "name", "scope"], "write `namespace = \"…\"`"),
        (
            &["labels", "label", "static_labels", "constant_labels", "global_labels", "tags"],
            "write `const_labels(name = \"value\")` for values that are known, or `instance(name: &str)` for those of each instance",
        ),
        (
            &["static", "lazy_static", "singleton"],
            "write `global = METRICS`, which makes a static of that name",
        ),
        (
            &["allow", "waive", "ignore"],
            "write `expect(rule, reason = \"…\")`, or `legacy(reason = \"…\")` for all names",
        ),
        (
            &["registry"],
            "metrics are in `Registry::global()` anyway; for another write `unlinked`, and call `register(&registry)`",
        ),
    ];
}

impl Options for FieldOptions {
    const ATTRIBUTE: &'static str = "metric";
    const TEXT: &'static str = "help";
    const FORM: &'static str = "#[metric(option, option = value, option(…))]";
    const NAMES: &'static [&'static str] = &[
        "rename",
        "help",
        "buckets",
        "native",
        "max_series",
        "max_label_bytes",
        "expire_after",
        "zeros",
        "quantiles",
        "max_age",
        "age_buckets",
        "read",
        "utf8",
        "expect",
        "flatten",
        "skip",
    ];
    const WORDS: &'static [&'static str] = &["zeros", "utf8"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = METRICS_PLACES;
    const MEANT: &'static [(&'static [&'static str], &'static str)] = &[
        (
            &["labels", "label", "label_names", "labelnames", "keys", "tags", "variable_labels"],
            "labels are types: make the field a `Family<Labels, Counter>`, where `Labels` has `#[derive(LabelSet)]` and a field for each label",
        ),
        (&["name", "metric_name", "fq_name", "id"], "write `rename = \"…\"`, or call the field so"),
        (
            &["description", "desc", "describe", "doc", "about", "comment"],
            "write `help = \"…\"`, or a doc comment",
        ),
        (
            &[
                "native_histogram",
                "sparse",
                "factor",
                "schema",
                "bucket_factor",
                "growth_factor",
                "zero_threshold",
                "max_buckets",
                "max_bucket_number",
                "min_reset",
                "max_zero_threshold",
            ],
            "write `native(factor = 1.1)` on a `NativeHistogram`",
        ),
        (&["bounds", "boundaries", "upper_bounds", "le"], "write `buckets = [0.1, 1, 10]`"),
        (
            &["objectives", "quantile", "percentiles"],
            "write `quantiles = [(0.5, 0.05), (0.99, 0.001)]` on a `Summary`",
        ),
        (&["window", "decay"], "write `max_age = Duration::from_secs(600)` on a `Summary`"),
        (
            &["unit", "units"],
            "the unit is a part of the type, such as `Counter<Bytes>` or `Histogram<Seconds>`",
        ),
        (
            &["type", "kind", "metric_type"],
            "the kind is the type of the field: `Counter`, `Gauge`, `Histogram` or `InProgress`",
        ),
        (&["group", "nested", "inline"], "write `flatten`"),
        (
            &["ttl", "expiry", "expires_after", "idle_timeout"],
            "write `expire_after = Duration::from_secs(600)`",
        ),
        (&["allow", "waive", "ignore"], "write `expect(rule, reason = \"…\")`"),
        (
            &["function", "func", "callback", "from", "with", "value", "get"],
            "write `read = path::to::function` on a `Read<Gauge>` or a `Read<Counter>`",
        ),
    ];
}
