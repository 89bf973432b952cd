//! What is wrong with a metrics struct, as far as its tokens show.

mod endings;
pub(crate) mod family;
pub(crate) mod function;
pub(crate) mod help;
pub(crate) mod item;
pub(crate) mod labels;
mod returned;
mod types;

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataStruct, DeriveInput, Fields, FieldsNamed, parse_quote};

use crate::ast::{Field, Help, Metric, MetricsStruct, Mode, PrefixPart, Role};
use crate::attr::metrics::{FieldOptions, HelpText, StructOptions};
use crate::attr::{self, Text};
use crate::diagnostics::Diagnostics;

/// The named fields of a struct that can be derived at all, or an error and nothing.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    errors: &mut Diagnostics,
) -> Option<&'a FieldsNamed> {
    let problem = match &input.data {
        Data::Enum(_) => "`Metrics` is derived for an enum, and its metrics need names",
        Data::Union(_) => "`Metrics` is derived for a union, and its metrics need names",
        Data::Struct(DataStruct { fields: Fields::Unnamed(_), .. }) => {
            "`Metrics` is derived for a tuple struct, and its metrics need names"
        }
        Data::Struct(DataStruct { fields: Fields::Unit, .. }) => {
            "`Metrics` is derived for a struct without fields"
        }
        Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) => {
            if input.generics.params.is_empty() {
                return Some(fields);
            }
            // A compiler that misses a lifetime in the labels of a family suggests one here.
            let help = if input.generics.lifetimes().count() == input.generics.params.len() {
                "remove them, and write `'static` in the type of the field: a family takes labels of any lifetime"
            } else {
                "remove them, or write one struct for each type"
            };
            errors.error(
                &input.generics,
                "a metrics struct has no generic parameters, since its names and types are checked where it is declared",
                help,
            );
            return None;
        }
    };
    errors.error(&input.ident, problem, "write a struct with a field for each metric");
    None
}

/// The checked struct, or nothing if it is not known what one of its fields is.
pub(crate) fn metrics_struct(
    input: &DeriveInput,
    fields: &FieldsNamed,
    errors: &mut Diagnostics,
) -> Option<MetricsStruct> {
    let (options, refused) = attr::read::<StructOptions>(&input.attrs, errors);
    let name = &input.ident;
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("metric")) {
        errors.error(attr, "`#[metric(…)]` is for fields", "write `#[metrics(…)]` on the struct");
    }
    let here = match &input.data {
        Data::Struct(data) => data.struct_token.span,
        _ => name.span(),
    };
    let krate = options.krate.map_or_else(|| parse_quote!(::measurand), |path| path.0);

    let others = [
        ("namespace", options.namespace.as_ref().map(|text| text.span)),
        ("subsystem", options.subsystem.as_ref().map(|text| text.span)),
        ("const_labels", options.const_labels.as_ref().map(|labels| labels.0[0].0.span())),
        ("legacy", options.legacy.as_ref().map(|legacy| legacy.0)),
        ("deny", options.deny.as_ref().map(|rules| rules.0[0].span())),
        ("expect", options.expect.as_ref().map(|expect| expect.rules[0].span())),
    ];
    if options.group.is_present() {
        for (option, span) in others {
            if let Some(span) = span {
                errors.error_at(
                    span,
                    &format!(
                        "a group has no `{option}`: it has that of the struct it is flattened into"
                    ),
                    &format!("move `{option}` to that struct"),
                );
            }
        }
    }
    let global = options.global.map(|name| name.0);
    let is_exclusive =
        |first: &str, other: &str| format!("a struct is `{first}` or `{other}`, not both");
    let mut mode = if options.group.is_present() {
        if let Some(instance) = &options.instance {
            let problem = is_exclusive("group", "instance");
            errors.error_at(instance.span, &problem, "remove one of the two options");
        }
        if let Some(global) = &global {
            errors.error(global, "a group has no static of its own", "remove `global`");
        }
        if options.local.is_present() {
            errors.error_at(
                options.local.span(),
                "`local` is for static structs, and a group has no names of its own",
                "remove `local`",
            );
        }
        Mode::Group
    } else if let Some(instance) = options.instance {
        if let Some(global) = &global {
            let problem = "an instance is made at run time, and has no static";
            errors.error(global, problem, "remove `global`, or `instance(…)`");
        }
        if options.local.is_present() {
            errors.error_at(
                options.local.span(),
                "`local` is for static structs; names of instances are not compared within the crate",
                "remove `local`",
            );
        }
        Mode::Instance(instance.labels)
    } else {
        Mode::Static {
            global,
            is_local: options.local.is_present(),
            is_linked: !options.unlinked.is_present(),
        }
    };

    if options.unlinked.is_present() && !matches!(mode, Mode::Static { .. }) {
        errors.error_at(
            options.unlinked.span(),
            "`unlinked` is for static structs: the linker knows no others",
            "remove `unlinked`",
        );
    }

    for rule in options.deny.iter().flat_map(|deny| &deny.0) {
        if rule != "namespace" && rule != "label_count" {
            errors.error(
                rule,
                &format!("rule `{rule}` cannot be switched on by `deny`"),
                "only `namespace` and `label_count` are off; all others are on",
            );
        }
    }

    let mut const_labels = options.const_labels.map(|labels| labels.0).unwrap_or_default();
    let mut seen: Vec<String> = Vec::new();
    let mut is_new = |label: &Ident| {
        let text = label.unraw().to_string();
        let is_new = !seen.contains(&text);
        if !is_new {
            let problem = format!("label `{text}` is declared twice");
            errors.error(label, &problem, "remove one, or give it another name");
        }
        seen.push(text);
        is_new
    };
    if let Mode::Instance(labels) = &mut mode {
        labels.retain(|(label, _)| is_new(label));
    }
    const_labels.retain(|(label, _)| is_new(label));
    for (label, value) in &const_labels {
        if help::literal(value).is_some_and(|value| value.is_empty()) {
            errors.error(value, &empty_label(label), EMPTY_LABEL_HELP);
        }
    }

    let mut model = MetricsStruct {
        ident: name.clone(),
        vis: input.vis.clone(),
        here,
        krate,
        mode,
        prefix: [("namespace", options.namespace), ("subsystem", options.subsystem)]
            .into_iter()
            .filter_map(|(option, part)| prefix_part(option, part?, errors))
            .collect(),
        const_labels,
        denied: options.deny.map(|rules| rules.0).unwrap_or_default(),
        is_legacy: options.legacy.is_some() || refused.iter().any(|option| option == "legacy"),
        legacy: options.legacy.map(|legacy| legacy.0),
        utf8: options.utf8.is_present().then(|| options.utf8.span()),
        expected: options.expect.map(|expect| expect.rules).unwrap_or_default(),
        fields: Vec::new(),
    };
    // All fields are looked at, so that all mistakes are shown.
    let fields: Vec<_> = fields.named.iter().map(|input| field(input, errors)).collect();
    model.fields = fields.into_iter().collect::<Option<_>>()?;
    if model.fields.iter().all(|field| matches!(field.role, Role::Skipped(_))) {
        errors.error(name, "the struct has no metrics", "add a field for each metric");
    }
    report_duplicates(&model, errors);
    Some(model)
}

/// What is wrong with a help that says nothing, and what to type.
pub(crate) const BLANK_HELP: &str = "`help` is blank, and every metric has help text";
pub(crate) const BLANK_HELP_HELP: &str = "say what is counted";

/// What is wrong with a doc comment that says nothing, and what to type.
pub(crate) fn no_help(name: &str) -> String {
    format!("metric `{name}` has no help text")
}
pub(crate) const NO_HELP_HELP: &str = "add a doc comment, or `#[metric(help = \"…\")]`";

/// What is wrong with a label without a value, and what to type.
pub(crate) fn empty_label(label: &Ident) -> String {
    format!("label `{}` is empty, which is the same as no label", label.unraw())
}
pub(crate) const EMPTY_LABEL_HELP: &str = "write a value, or remove the label";

/// A part of what stands before every name, with the `_` after it, unless it ends with a `.`.
fn prefix_part(option: &'static str, part: Text, errors: &mut Diagnostics) -> Option<PrefixPart> {
    let Text { value, span } = part;
    if value.is_empty() {
        let help = format!("write a word, or remove `{option}`");
        errors.error_at(span, &format!("`{option}` is empty"), &help);
        None
    } else if let Some(shorter) = value.strip_suffix('_') {
        let problem = format!("`{option}` ends with a `_`, which is added for you");
        errors.error_at(span, &problem, &format!("write `\"{shorter}\"`"));
        None
    } else {
        let separator = if value.ends_with('.') { "" } else { "_" };
        Some(PrefixPart { option, text: format!("{value}{separator}"), span })
    }
}

/// The checked field, or nothing if it is not known what it is.
fn field(input: &syn::Field, errors: &mut Diagnostics) -> Option<Field> {
    let ident = input.ident.clone()?;
    let (options, refused) = attr::read::<FieldOptions>(&input.attrs, errors);
    if refused.iter().any(|option| ["flatten", "skip"].contains(&option.as_str())) {
        return None;
    }
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("metrics")) {
        errors.error(attr, "`#[metrics(…)]` is for the struct", "write `#[metric(…)]` on a field");
    }
    let others = [
        ("rename", options.rename.as_ref().map(|text| text.span)),
        ("help", options.help.as_ref().map(|text| text.0.span())),
        ("buckets", options.buckets.as_ref().map(|buckets| buckets.span)),
        ("native", options.native.as_ref().map(|native| native.span)),
        ("max_series", options.max_series.as_ref().map(|max_series| max_series.0.span())),
        ("max_label_bytes", options.max_label_bytes.as_ref().map(|bytes| bytes.0.span())),
        ("expire_after", options.expire_after.as_ref().map(|after| after.0.span())),
        ("zeros", options.zeros.is_present().then(|| options.zeros.span())),
        ("quantiles", options.quantiles.as_ref().map(|quantiles| quantiles.span)),
        ("max_age", options.max_age.as_ref().map(|age| age.0.span())),
        ("age_buckets", options.age_buckets.as_ref().map(|ages| ages.0.span())),
        ("read", options.read.as_ref().map(|read| read.0.span())),
        ("utf8", options.utf8.is_present().then(|| options.utf8.span())),
        ("expect", options.expect.as_ref().map(|expect| expect.rules[0].span())),
    ];
    let mut refuse_others = |what: &str, mode: &str| {
        for (option, span) in others {
            if let Some(span) = span {
                errors.error_at(
                    span,
                    &format!("{what} has no `{option}`"),
                    &format!("remove `{option}`, or `{mode}`"),
                );
            }
        }
    };
    let role = match (options.flatten, options.skip) {
        (Some(_), Some(skip)) => {
            errors.error(
                &skip.0,
                "a field is flattened or skipped, not both",
                "remove one of the two options",
            );
            return None;
        }
        (Some(_), None) if is_calls(&input.ty) => {
            let problem = "calls are no group, and have the field's name before theirs anyway";
            errors.error(&input.ty, problem, "remove `flatten`");
            return None;
        }
        (Some(flatten), None) => {
            refuse_others("a flattened group", "flatten");
            let prefix = flatten.prefix.and_then(|part| prefix_part("prefix", part, errors));
            Role::Group { prefix }
        }
        (None, Some(skip)) => {
            refuse_others("a skipped field", "skip");
            Role::Skipped(skip.0)
        }
        (None, None) => {
            if family::report(&input.ty, errors) {
                return None;
            }
            let function = options.read.as_ref().map(|read| &read.0);
            if refused.iter().any(|option| option == "read")
                || family::report_read(&input.ty, function, errors)
            {
                return None;
            }
            let (name, span) = match options.rename {
                Some(name) if name.value.is_empty() => {
                    let help = "write a name, or remove `rename`";
                    errors.error_at(name.span, "`rename` is empty", help);
                    (ident.unraw().to_string(), ident.span())
                }
                Some(name) => (name.value, name.span),
                None => (ident.unraw().to_string(), ident.span()),
            };
            let help = match options.help {
                Some(HelpText(help)) => match help::literal(&help) {
                    Some(text) => {
                        if text.trim().is_empty() {
                            errors.error(&help, BLANK_HELP, BLANK_HELP_HELP);
                        }
                        Help::Text(text.trim().to_owned())
                    }
                    None => Help::Constant(help),
                },
                // It is wrong, but it is there.
                None if refused.iter().any(|option| option == "help") => Help::Text(String::new()),
                None => {
                    let help = help::documentation(&input.attrs);
                    if matches!(&help, Help::Text(text) if text.is_empty()) {
                        if !family::is_metric(&input.ty) {
                            let help = format!(
                                "{NO_HELP_HELP}; if it is a group of metrics, add `#[metric(flatten)]`, and if it is none, `#[metric(skip = …)]`"
                            );
                            errors.error_at(ident.span(), &no_help(&name), &help);
                            return None;
                        }
                        errors.error_at(ident.span(), &no_help(&name), NO_HELP_HELP);
                    }
                    help
                }
            };
            let is_checked =
                !refused.iter().any(|option| ["expect", "max_series"].contains(&option.as_str()));
            let expected = options.expect.map(|expect| expect.rules).unwrap_or_default();
            let metric = Box::new(Metric {
                name,
                span,
                help,
                buckets: options.buckets,
                native: options.native,
                max_series: options.max_series.map(|max_series| max_series.0),
                max_label_bytes: options.max_label_bytes.map(|bytes| bytes.0),
                expire_after: options.expire_after.map(|after| after.0),
                zeros: options.zeros.is_present().then(|| options.zeros.span()),
                quantiles: options.quantiles,
                max_age: options.max_age.map(|age| age.0),
                age_buckets: options.age_buckets.map(|ages| ages.0),
                read: options.read.map(|read| read.0),
                utf8: options.utf8.is_present().then(|| options.utf8.span()),
                expected,
                is_checked,
            });
            if is_calls(&input.ty) { Role::Calls(metric) } else { Role::Metric(metric) }
        }
    };
    Some(Field { ident, ty: input.ty.clone(), role })
}

/// Whether a type is written as the calls of functions.
fn is_calls(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path)
        if path.path.segments.last().is_some_and(|segment| segment.ident == "Calls"))
}

/// The names of the families of a field, without what stands before them.
pub(crate) fn family_names(field: &Field) -> Vec<(String, &Metric)> {
    match &field.role {
        Role::Metric(metric) => vec![(metric.name.clone(), metric)],
        Role::Calls(metric) => ["calls_total", "duration_seconds", "in_progress"]
            .map(|family| (format!("{}_{family}", metric.name), &**metric))
            .into(),
        Role::Group { .. } | Role::Skipped(_) => Vec::new(),
    }
}

/// Whether two of the struct's own families have one name.
pub(crate) fn has_duplicates(model: &MetricsStruct) -> bool {
    let mut seen = HashSet::new();
    let mut names = model.fields.iter().flat_map(family_names);
    names.any(|(name, _)| !seen.insert(family_key(&with_underscores(&name)).to_owned()))
}

/// Two fields of one name; the compiler compares the names of different structs. What OpenMetrics leaves
/// off a name does not tell two apart.
fn report_duplicates(model: &MetricsStruct, errors: &mut Diagnostics) {
    let mut seen: HashMap<String, String> = HashMap::new();
    for field in &model.fields {
        let mut is_reported = false;
        for (name, metric) in family_names(field) {
            let key = family_key(&with_underscores(&name)).to_owned();
            let Some(other) = seen.get(&key) else {
                seen.insert(key, name);
                continue;
            };
            let problem = if *other == name {
                format!("metric `{name}` is defined twice in this struct")
            } else if family_key(other) != family_key(&name) {
                format!(
                    "metrics `{other}` and `{name}` are one family to scrapers that do not take all characters",
                )
            } else {
                format!(
                    "metrics `{other}` and `{name}` are one family, since OpenMetrics leaves off `_total` and `_info`",
                )
            };
            // Of two fields of calls all three families are the same.
            if !is_reported {
                errors.error_at(metric.span, &problem, "rename one");
            }
            is_reported = true;
        }
    }
}

/// The name as scrapers see it that do not take all characters.
pub(crate) fn with_underscores(name: &str) -> String {
    let is_taken = |c: char| c == '_' || c.is_ascii_alphanumeric();
    name.chars().map(|c| if is_taken(c) { c } else { '_' }).collect()
}

/// The name without what OpenMetrics leaves off.
pub(crate) fn family_key(name: &str) -> &str {
    name.strip_suffix("_total").or_else(|| name.strip_suffix("_info")).unwrap_or(name)
}
