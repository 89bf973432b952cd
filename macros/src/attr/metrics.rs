//! `#[metrics(…)]` on a struct and `#[metric(…)]` on its fields.

use darling::ast::NestedMeta;
use darling::util::Flag;
use darling::{Error, FromMeta};
use proc_macro2::{Ident, Span};
use quote::{ToTokens as _, format_ident};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, Lit, LitFloat, LitStr, Meta, Token, Type, parse_quote_spanned};

use super::{
    CratePath, Expect, Options, Text, bracketed, is_near, mistake, option_name, parse_within,
    syntax_mistake,
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
        "deny",
        "expect",
        "crate",
    ];
    const WORDS: &'static [&'static str] = &["group", "local", "unlinked"];
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
        "expect",
        "flatten",
        "skip",
    ];
    const WORDS: &'static [&'static str] = &["zeros"];
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

/// Upper bounds of buckets.
pub(crate) struct Buckets {
    pub(crate) bounds: Bounds,
    pub(crate) span: Span,
}

pub(crate) enum Bounds {
    /// `[0.1, 1, 10]`
    List(Vec<Expr>),
    /// `linear(start, width, count)`, and the like: the runtime's name, two arguments, the count.
    Progression(Ident, Box<[Expr; 3]>),
    /// The name of a constant.
    Const(Expr),
}

/// The progressions, as they are written and as the runtime calls them.
const PROGRESSIONS: [(&str, &str, &str); 3] = [
    ("linear", "linear(start, width, count)", "Linear"),
    ("exponential", "exponential(start, factor, count)", "Exponential"),
    ("exponential_range", "exponential_range(min, max, count)", "ExponentialRange"),
];

impl FromMeta for Buckets {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help =
            "write `buckets = [0.1, 1, 10]`, or `buckets = exponential(start, factor, count)`";
        let Meta::NameValue(pair) = meta else {
            return Err(mistake(meta, "`buckets` needs a value", help));
        };
        let span = pair.value.span();
        if let Some(error) = durations(&pair.value) {
            return Err(error);
        }
        let bounds = match &pair.value {
            Expr::Array(list) => Bounds::List(list.elems.iter().cloned().collect()),
            Expr::Lit(literal) => {
                return Err(mistake(literal, "`buckets` takes a list of upper bounds", help));
            }
            Expr::Call(call) => match progression(call)? {
                Some(progression) => progression,
                None => Bounds::Const(pair.value.clone()),
            },
            other @ (Expr::Path(_) | Expr::MethodCall(_) | Expr::Block(_) | Expr::Const(_)) => {
                Bounds::Const(other.clone())
            }
            other => return Err(mistake(other, "`buckets` takes a list or a constant", help)),
        };
        Ok(Buckets { bounds, span })
    }
}

/// What is said of native buckets.
pub(crate) struct Native {
    /// What the runtime calls each option, and its value.
    pub(crate) options: Vec<(Ident, NativeValue)>,
    pub(crate) span: Span,
}

/// The value of an option of `native`.
pub(crate) enum NativeValue {
    /// A number that is to become a float.
    Float(Expr),
    /// A constant of the runtime's type.
    Constant(Expr),
    /// So many milliseconds, which are written at this place.
    Milliseconds(u64, Span),
}

impl NativeValue {
    /// Where it is written.
    pub(crate) fn span(&self) -> Span {
        match self {
            NativeValue::Float(value) | NativeValue::Constant(value) => value.span(),
            NativeValue::Milliseconds(_, span) => *span,
        }
    }
}

/// The options of `native`, each with an example.
const NATIVE: [(&str, &str); 6] = [
    ("factor", "1.1"),
    ("schema", "3"),
    ("zero_threshold", "1e-9"),
    ("max_buckets", "160"),
    ("min_reset", "\"1h\""),
    ("max_zero_threshold", "1e-6"),
];

impl FromMeta for Native {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `native(factor = 1.1, max_buckets = 160, min_reset = \"1h\")`, or leave it out for just that";
        let tokens = bracketed(meta, help)?;
        let parse_pair = |input: ParseStream<'_>| {
            let name = input.call(Ident::parse_any)?;
            let Some((_, example)) = NATIVE.iter().find(|(known, _)| name == known) else {
                let text = name.to_string();
                let near = NATIVE.iter().find(|(known, _)| is_near(&text, known));
                let all = NATIVE.map(|(known, _)| format!("`{known}`")).join(", ");
                let problem = match near {
                    Some((known, example)) => {
                        format!(
                            "`native` has no option `{name}`\nhelp: write `{known} = {example}`"
                        )
                    }
                    None => format!("`native` has no option `{name}`\nhelp: write one of {all}"),
                };
                return Err(syn::Error::new(name.span(), problem));
            };
            let needs_value = format!("`{name}` needs a value\nhelp: write `{name} = {example}`");
            if !input.peek(Token![=]) {
                return Err(syn::Error::new(name.span(), needs_value));
            }
            input.parse::<Token![=]>()?;
            let value = input.parse::<Expr>()?;
            native_value(&name, example, value).map(|value| (name, value))
        };
        let parser = |input: ParseStream<'_>| {
            Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_pair)
        };
        let options: Vec<(Ident, NativeValue)> = match parse_within(meta, tokens, parser) {
            Ok(options) => options.into_iter().collect(),
            // What it says is whole if it has said what to write.
            Err(error) if error.to_string().contains("\nhelp: ") => return Err(error.into()),
            Err(error) => return Err(syntax_mistake(meta, &error, help)),
        };
        if options.is_empty() {
            return Err(mistake(meta, "`native` says nothing", help));
        }
        for (index, (name, _)) in options.iter().enumerate() {
            if options[..index].iter().any(|(other, _)| other == name) {
                return Err(mistake(name, &format!("`{name}` is given twice"), "remove one"));
            }
        }
        let find = |wanted: &str| options.iter().find(|(name, _)| name == wanted);
        if let (Some(_), Some((schema, _))) = (find("factor"), find("schema")) {
            let problem = "`factor` and `schema` say the same in two ways";
            return Err(mistake(schema, problem, "remove one"));
        }
        Ok(Native { options, span: meta.path().span() })
    }
}

fn native_value(name: &Ident, example: &str, value: Expr) -> syn::Result<NativeValue> {
    let mistaken = |problem: &str| {
        let help = format!("`{name}` takes {problem}\nhelp: write `{name} = {example}`");
        Err(syn::Error::new(value.span(), help))
    };
    let literal = match &value {
        Expr::Lit(literal) => Some(&literal.lit),
        _ => None,
    };
    match (name.to_string().as_str(), literal) {
        ("min_reset", Some(Lit::Int(zero))) if zero.base10_digits() == "0" => {
            Ok(NativeValue::Milliseconds(0, zero.span()))
        }
        ("min_reset", Some(literal)) => match time(literal) {
            Some(milliseconds) => Ok(NativeValue::Milliseconds(milliseconds, literal.span())),
            None => mistaken(A_TIME),
        },
        ("schema" | "max_buckets", Some(Lit::Int(_)) | None) => Ok(NativeValue::Constant(value)),
        ("schema" | "max_buckets", Some(_)) => mistaken("a whole number"),
        ("min_reset", None) => Ok(NativeValue::Constant(value)),
        (_, Some(Lit::Int(_) | Lit::Float(_)) | None) => Ok(NativeValue::Float(value)),
        (_, Some(_)) => mistaken("a number"),
    }
}

/// What a time is written as.
const A_TIME: &str = "a time such as \"90s\", \"15m\" or \"1h\", or a `Duration`";

/// How many milliseconds a text such as `"1h"` says.
fn time(literal: &Lit) -> Option<u64> {
    let Lit::Str(text) = literal else { return None };
    let text = text.value();
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

fn progression(call: &syn::ExprCall) -> darling::Result<Option<Bounds>> {
    let Expr::Path(function) = &*call.func else {
        return Ok(None);
    };
    let Some(name) = function.path.get_ident() else {
        return Ok(None);
    };
    let Some((_, form, origin)) = PROGRESSIONS.iter().find(|(known, ..)| name == known) else {
        let text = name.to_string();
        // As other crates call them: `exponential_buckets`, `exponential_buckets_range`.
        let bare = text.replace("_buckets", "").replace("buckets_", "");
        let near = PROGRESSIONS.iter().find(|(known, ..)| bare == *known || is_near(&text, known));
        return match near {
            Some((_, form, _)) => {
                let problem = format!("there is no progression `{name}`");
                Err(mistake(name, &problem, &format!("write `{form}`")))
            }
            None => Ok(None),
        };
    };
    let mut args = call.args.iter().cloned();
    match (args.next(), args.next(), args.next(), args.next()) {
        (Some(first), Some(second), Some(count), None) => Ok(Some(Bounds::Progression(
            format_ident!("{origin}"),
            Box::new([first, second, count]),
        ))),
        _ => Err(mistake(
            call,
            &format!("`{name}` takes three arguments, not {}", call.args.len()),
            &format!("write `{form}`"),
        )),
    }
}

/// Says that bounds are numbers, if one is written as a duration.
fn durations(value: &Expr) -> Option<Error> {
    struct Find<'a>(Option<&'a syn::ExprCall>);
    impl<'a> Visit<'a> for Find<'a> {
        fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
            match &*call.func {
                Expr::Path(path) if is_duration(&path.path) => self.0 = self.0.or(Some(call)),
                _ => visit::visit_expr_call(self, call),
            }
        }
        // `Duration::from_millis(5).as_secs_f64()` is a number.
        fn visit_expr_method_call(&mut self, _: &'a syn::ExprMethodCall) {}
    }
    let items: Vec<&Expr> = match value {
        Expr::Array(list) => list.elems.iter().collect(),
        Expr::Call(call) => call.args.iter().collect(),
        _ => return None,
    };
    let mut find = Find(None);
    items.into_iter().for_each(|item| find.visit_expr(item));
    let call = find.0?;
    let help = match in_seconds(call) {
        Some(seconds) => format!("write `{seconds}`"),
        None => "write the seconds, such as `0.25`".to_owned(),
    };
    Some(mistake(call, "bounds of seconds are numbers, not durations", &help))
}

fn is_duration(path: &syn::Path) -> bool {
    let mut names = path.segments.iter().rev().map(|segment| segment.ident.to_string());
    names.next().is_some_and(|name| name.starts_with("from_"))
        && names.next().is_some_and(|name| name == "Duration")
}

/// A duration as a number of seconds, if it is made of a literal.
fn in_seconds(call: &syn::ExprCall) -> Option<String> {
    let Expr::Path(path) = &*call.func else { return None };
    let number = match call.args.first()? {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<u64>().ok()?,
        _ => return None,
    };
    let (digits, factor) = match path.path.segments.last()?.ident.to_string().as_str() {
        "from_secs" => (0, 1),
        "from_mins" => (0, 60),
        "from_hours" => (0, 3600),
        "from_millis" => (3, 1),
        "from_micros" => (6, 1),
        "from_nanos" => (9, 1),
        _ => return None,
    };
    let text = format!("{:0>width$}", number.checked_mul(factor)?, width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    let part = part.trim_end_matches('0');
    Some(if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") })
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

/// How long something is: `expire_after` or `max_age`.
pub(crate) struct Time(pub(crate) Expr);

impl FromMeta for Time {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let name = option_name(meta);
        let help = format!("write `{name} = \"10m\"`, or `{name} = Duration::from_secs(600)`");
        match meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit { lit, .. }) => match time(lit) {
                    Some(milliseconds) => Ok(Time(parse_quote_spanned! {lit.span()=>
                        ::core::time::Duration::from_millis(#milliseconds)
                    })),
                    None => Err(mistake(lit, &format!("`{name}` takes {A_TIME}"), &help)),
                },
                value => Ok(Time(value.clone())),
            },
            other => Err(mistake(other, &format!("`{name}` needs a value"), &help)),
        }
    }
}

/// Quantiles, each with its error.
pub(crate) struct Quantiles {
    /// A list, or a constant of one.
    pub(crate) list: Expr,
    pub(crate) span: Span,
}

impl FromMeta for Quantiles {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `quantiles = [(0.5, 0.05), (0.99, 0.001)]`, each with the error that its rank may have";
        let Meta::NameValue(pair) = meta else {
            return Err(mistake(meta, "`quantiles` needs a value", help));
        };
        let span = pair.value.span();
        let mut list = pair.value.clone();
        match &mut list {
            Expr::Array(array) if array.elems.is_empty() => {
                Err(mistake(array, "there is no quantile in the list", help))
            }
            Expr::Array(array) => {
                for item in &mut array.elems {
                    match item {
                        Expr::Tuple(pair) if pair.elems.len() == 2 => {
                            pair.elems.iter_mut().for_each(to_float);
                        }
                        other => return Err(mistake(other, "a quantile without its error", help)),
                    }
                }
                Ok(Quantiles { list, span })
            }
            Expr::Lit(_) | Expr::Tuple(_) | Expr::Range(_) | Expr::Closure(_) => {
                Err(mistake(&list, "`quantiles` takes a list", help))
            }
            _ => Ok(Quantiles { list, span }),
        }
    }
}

/// Makes a whole number a float, as which it is meant.
fn to_float(number: &mut Expr) {
    if let Expr::Lit(ExprLit { lit, .. }) = number
        && let Lit::Int(whole) = lit
        && whole.suffix().is_empty()
    {
        *lit = Lit::Float(LitFloat::new(&format!("{}.0", whole.base10_digits()), whole.span()));
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
