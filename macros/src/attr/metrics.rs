//! `#[metrics(…)]` on a struct and `#[metric(…)]` on its fields.

use darling::ast::NestedMeta;
use darling::util::Flag;
use darling::{Error, FromMeta};
use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr, Meta, Token, Type};

use super::buckets::Buckets;
use super::native::Native;
use super::quantiles::Quantiles;
use super::time::Time;
use super::{
    CratePath, Expect, Options, Text, bracketed, mistake, option_name, parse_within, syntax_mistake,
};

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
    /// How fine native buckets are, and what is done where there are too many. Default: as Prometheus
    /// recommends.
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

/// What every metric says of itself: a constant of text.
pub(crate) struct HelpText(pub(crate) Expr);

impl FromMeta for HelpText {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `help = \"…\"`";
        match meta {
            Meta::NameValue(pair) => match no_text(&pair.value) {
                Some(place) => {
                    Err(Error::custom(format!("`help` takes text\nhelp: {help}")).with_span(&place))
                }
                None => Ok(HelpText(pair.value.clone())),
            },
            other => Err(mistake(other, "`help` needs a value", help)),
        }
    }
}

/// The place of an expression that is surely no constant of text.
fn no_text(value: &Expr) -> Option<Span> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => None,
        Expr::Lit(_) | Expr::Array(_) | Expr::Tuple(_) | Expr::Closure(_) | Expr::Range(_) => {
            Some(value.span())
        }
        _ => None,
    }
}

/// The name of a static.
pub(crate) struct StaticName(pub(crate) Ident);

impl FromMeta for StaticName {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `global = METRICS`, which makes a static of that name";
        match meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Path(path) => match path.path.get_ident() {
                    Some(ident) => Ok(StaticName(ident.clone())),
                    None => Err(mistake(path, "`global` takes a name, not a path", help)),
                },
                other => Err(mistake(other, "`global` takes a name", help)),
            },
            other => Err(mistake(other, "`global` needs a name", help)),
        }
    }
}

/// `name = "value"` pairs; the values may be constants of text.
pub(crate) struct ConstLabels(pub(crate) Vec<(Ident, Expr)>);

impl FromMeta for ConstLabels {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `const_labels(name = \"value\", …)`";
        let tokens = bracketed(meta, help)?;
        let parse_pair = |input: ParseStream<'_>| {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            let value = input.parse::<Expr>()?;
            if let Some(literal) = no_text(&value) {
                let problem = format!("the value of label `{name}` is no text");
                return Err(syn::Error::new(literal, problem));
            }
            Ok((name, value))
        };
        let parser = |input: ParseStream<'_>| {
            Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_pair)
        };
        match parse_within(meta, tokens, parser) {
            Ok(pairs) if pairs.is_empty() => Err(mistake(meta, "`const_labels` is empty", help)),
            Ok(pairs) => Ok(ConstLabels(pairs.into_iter().collect())),
            Err(error) => Err(syntax_mistake(meta, &error, help)),
        }
    }
}

/// Why all names of a struct may break the rules.
pub(crate) struct Legacy(pub(crate) Span);

impl FromMeta for Legacy {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `legacy(reason = \"why the names have to stay so\")`";
        let parser = |input: ParseStream<'_>| {
            let name = input.call(Ident::parse_any)?;
            if name != "reason" {
                let problem = format!("it names no `{name}`: it is for all rules about names");
                return Err(syn::Error::new(name.span(), problem));
            }
            input.parse::<Token![=]>()?;
            let reason = input.parse::<LitStr>()?;
            input.parse::<Option<Token![,]>>()?;
            Ok(reason)
        };
        let tokens = match meta {
            Meta::List(list) if !list.tokens.is_empty() => &list.tokens,
            other => return Err(mistake(other, "`legacy` gives no reason", help)),
        };
        match parse_within(meta, tokens, parser) {
            Ok(reason) if reason.value().trim().is_empty() => {
                Err(mistake(&reason, "the reason of `legacy` is empty", help))
            }
            Ok(_) => Ok(Legacy(meta.path().span())),
            Err(error) => Err(syntax_mistake(meta, &error, help)),
        }
    }
}

/// `name: type` pairs, and where they stand.
pub(crate) struct InstanceLabels {
    pub(crate) labels: Vec<(Ident, Type)>,
    pub(crate) span: Span,
}

impl FromMeta for InstanceLabels {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `instance(name: &str, …)`, one for each label that tells instances apart, or `instance` if there are none";
        let span = meta.path().span();
        if let Meta::Path(_) = meta {
            return Ok(InstanceLabels { labels: Vec::new(), span });
        }
        let tokens = bracketed(meta, help)?;
        let parse_pair = |input: ParseStream<'_>| {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![:]>()?;
            Ok((name, input.parse::<Type>()?))
        };
        let parser = |input: ParseStream<'_>| {
            Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_pair)
        };
        match parse_within(meta, tokens, parser) {
            Ok(pairs) => Ok(InstanceLabels { labels: pairs.into_iter().collect(), span }),
            Err(error) => Err(syntax_mistake(meta, &error, help)),
        }
    }
}

/// Names of rules.
pub(crate) struct RuleNames(pub(crate) Vec<Ident>);

impl FromMeta for RuleNames {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let name = option_name(meta);
        let help = format!("write `{name}(namespace)`");
        let tokens = bracketed(meta, &help)?;
        let parser = Punctuated::<Ident, Token![,]>::parse_terminated;
        match parse_within(meta, tokens, parser) {
            Ok(names) if names.is_empty() => {
                Err(mistake(meta, &format!("`{name}` names no rule"), &help))
            }
            Ok(names) => Ok(RuleNames(names.into_iter().collect())),
            Err(error) => Err(syntax_mistake(meta, &error, &help)),
        }
    }
}

/// A group inside a struct.
pub(crate) struct Flatten {
    /// Put before the group's names, with a `_`.
    pub(crate) prefix: Option<Text>,
}

/// What is in the brackets of `flatten(…)`.
#[derive(Default, FromMeta)]
#[darling(default)]
struct FlattenOptions {
    prefix: Option<Text>,
}

impl FromMeta for Flatten {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::Path(_) => Ok(Flatten { prefix: None }),
            Meta::List(list) => {
                let items = NestedMeta::parse_meta_list(list.tokens.clone())?;
                let is_prefix =
                    |item: &NestedMeta| super::path(item).is_none_or(|name| name == "prefix");
                if let Some(other) = items.iter().find(|item| !is_prefix(item)) {
                    let name = super::path(other).unwrap_or_default();
                    let problem = format!("`flatten` has no option `{name}`");
                    return Err(mistake(
                        other,
                        &problem,
                        "the only option is `prefix`: write `flatten(prefix = \"…\")`",
                    ));
                }
                let FlattenOptions { prefix } = FlattenOptions::from_list(&items)?;
                Ok(Flatten { prefix })
            }
            other => Err(mistake(
                other,
                "`flatten` has no value",
                "write `flatten`, or `flatten(prefix = \"…\")`",
            )),
        }
    }
}

/// `max_series` or `max_label_bytes`: the most that a family may have of something.
pub(crate) struct Limit(pub(crate) Expr);

impl FromMeta for Limit {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let name = option_name(meta);
        let example = match name.as_str() {
            "max_series" => 500,
            "age_buckets" => 5,
            _ => 4096,
        };
        let help = format!("write `{name} = {example}`, or a constant instead of the number");
        match meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Int(number), .. })
                    if !number.base10_digits().starts_with('-')
                        && matches!(number.suffix(), "" | "usize") =>
                {
                    Ok(Limit(pair.value.clone()))
                }
                Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if !number.suffix().is_empty() => {
                    let problem = format!("`{name}` takes a number without a type");
                    let help = format!("write `{name} = {}`", number.base10_digits());
                    Err(mistake(number, &problem, &help))
                }
                other @ (Expr::Lit(_)
                | Expr::Unary(_)
                | Expr::Array(_)
                | Expr::Tuple(_)
                | Expr::Range(_)) => {
                    Err(mistake(other, &format!("`{name}` takes a whole number"), &help))
                }
                constant => Ok(Limit(constant.clone())),
            },
            Meta::List(list) => {
                Err(mistake(list, &format!("`{name}` takes its value behind a `=`"), &help))
            }
            other => Err(mistake(other, &format!("`{name}` needs a value"), &help)),
        }
    }
}

/// The function that a metric is read from.
pub(crate) struct ReadFunction(pub(crate) Expr);

impl FromMeta for ReadFunction {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `read = path::to::function`, or `read = || …`";
        match meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(_) | Expr::Array(_) | Expr::Tuple(_) | Expr::Range(_) => {
                    Err(mistake(&pair.value, "`read` takes a function", help))
                }
                Expr::Call(call) if call.args.is_empty() => {
                    let problem = "`read` takes the function, and not what it returns";
                    let function = call.func.to_token_stream().to_string().replace(' ', "");
                    let help = format!("write `read = {function}`");
                    Err(mistake(&pair.value, problem, &help))
                }
                Expr::Closure(closure) if !closure.inputs.is_empty() => Err(mistake(
                    &closure.inputs,
                    "`read` calls the function without arguments",
                    help,
                )),
                function => Ok(ReadFunction(function.clone())),
            },
            other => Err(mistake(other, "`read` needs a function", help)),
        }
    }
}

/// What a field that is no metric starts as.
pub(crate) struct Skip(pub(crate) Expr);

impl FromMeta for Skip {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::NameValue(pair) => Ok(Skip(pair.value.clone())),
            other => Err(mistake(
                other,
                "`skip` does not say what the field starts as",
                "write `skip = …` with a constant expression, such as `skip = String::new()`",
            )),
        }
    }
}
