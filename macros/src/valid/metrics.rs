//! Checks of a metrics struct.

use std::collections::{HashMap, HashSet};

use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{Unusable, parameters};
use crate::ast::help::literal;
use crate::ast::kinds;
use crate::ast::metrics::{Field, Metric, MetricsStruct, Mode, Role, family_key, with_underscores};
use crate::attr::metrics::{FieldOptions, StructOptions};
use crate::attr::value::{Text, place};
use crate::diagnostics::{Diagnostics, Problem};

/// Reports every mistake in a metrics struct. The rest can still be generated if what is wrong has
/// been left out of the model.
pub(crate) fn metrics_struct(
    model: &MetricsStruct,
    errors: &mut Diagnostics,
) -> Result<(), Unusable> {
    for attr in &model.misplaced {
        errors.error(attr, "`#[metric(…)]` is for fields", "write `#[metrics(…)]` on the struct");
    }
    let options = &model.options;
    match &model.mode {
        Mode::Group => check_group(options, errors),
        Mode::Instance(_) => check_instance(options, errors),
        Mode::Static { .. } => {}
    }
    check_unlinked(options, &model.mode, errors);
    check_denied(options, errors);
    check_labels(model, errors);
    for (option, part) in [("namespace", &options.namespace), ("subsystem", &options.subsystem)] {
        check_prefix(option, part.as_ref(), errors);
    }
    // All fields are checked, so that all mistakes are shown.
    let fields: Vec<_> = model.fields.iter().map(|input| check_field(input, errors)).collect();
    fields.into_iter().collect::<Result<(), Unusable>>()?;
    if model.fields.iter().all(|field| matches!(field.role, Role::Skipped(_))) {
        errors.error(&model.ident, "the struct has no metrics", "add a field for each metric");
    }
    check_duplicates(model, errors);
    Ok(())
}

fn check_group(options: &StructOptions, errors: &mut Diagnostics) {
    let others = [
        ("namespace", options.namespace.as_ref().map(|text| text.span)),
        ("subsystem", options.subsystem.as_ref().map(|text| text.span)),
        ("const_labels", options.const_labels.as_ref().map(|labels| labels.0[0].0.span())),
        ("legacy", options.legacy.as_ref().map(|legacy| legacy.0)),
        ("deny", options.deny.as_ref().map(|rules| rules.0[0].span())),
        ("expect", options.expect.as_ref().map(|expect| expect.rules[0].span())),
    ];
    for (option, span) in others {
        let Some(span) = span else { continue };
        let problem = format!(
            "a group has no `{option}` of its own: it has that of the struct it is flattened into"
        );
        errors.error_at(span, &problem, &format!("move `{option}` to that struct"));
    }
    if let Some(instance) = &options.instance {
        errors.error_at(
            instance.span,
            "a struct is `group` or `instance`, not both",
            "remove one of the two options",
        );
    }
    if let Some(global) = &options.global {
        errors.error(&global.0, "a group has no static of its own", "remove `global`");
    }
    if let Some(span) = place(&options.local) {
        errors.error_at(
            span,
            "`local` is for static structs, and a group has no names of its own",
            "remove `local`",
        );
    }
}

fn check_instance(options: &StructOptions, errors: &mut Diagnostics) {
    if let Some(global) = &options.global {
        let problem = "an instance is made at run time, and has no static";
        errors.error(&global.0, problem, "remove `global`, or `instance(…)`");
    }
    if let Some(span) = place(&options.local) {
        errors.error_at(
            span,
            "`local` is for static structs; names of instances are not compared within the crate",
            "remove `local`",
        );
    }
}

fn check_unlinked(options: &StructOptions, mode: &Mode, errors: &mut Diagnostics) {
    if let (Some(span), Mode::Group | Mode::Instance(_)) = (place(&options.unlinked), mode) {
        errors.error_at(
            span,
            "`unlinked` is for static structs: no others are linked",
            "remove `unlinked`",
        );
    }
}

fn check_denied(options: &StructOptions, errors: &mut Diagnostics) {
    for rule in options.deny.iter().flat_map(|deny| &deny.0) {
        if rule != "namespace" && rule != "label_count" {
            errors.error(
                rule,
                &format!("rule `{rule}` cannot be switched on by `deny`"),
                "only `namespace` and `label_count` are off by default; all others are on",
            );
        }
    }
}

fn check_labels(model: &MetricsStruct, errors: &mut Diagnostics) {
    let of_instance = match (&model.mode, &model.options.instance) {
        (Mode::Instance(_), Some(instance)) => &instance.labels[..],
        _ => &[],
    };
    let of_instance = of_instance.iter().map(|(label, _)| label);
    let constant = model.options.const_labels.iter().flat_map(|labels| &labels.0);
    let mut seen = HashSet::new();
    for label in of_instance.chain(constant.map(|(label, _)| label)) {
        let text = label.unraw().to_string();
        if seen.contains(&text) {
            let problem = format!("label `{text}` is declared twice");
            errors.error(label, &problem, "remove one, or give it another name");
        }
        seen.insert(text);
    }
    for (label, value) in &model.const_labels {
        if literal(value).is_some_and(|value| value.is_empty()) {
            let Problem { problem, help } = Problem::empty_label(label);
            errors.error(value, &problem, help);
        }
    }
}

/// Checks a part of the prefix.
fn check_prefix(option: &str, part: Option<&Text>, errors: &mut Diagnostics) {
    let Some(Text { value, span }) = part else { return };
    if value.is_empty() {
        let help = format!("write a word, or remove `{option}`");
        errors.error_at(*span, &format!("`{option}` is empty"), &help);
    } else if let Some(shorter) = value.strip_suffix('_') {
        let problem = format!("`{option}` ends with a `_`, which is added for you");
        errors.error_at(*span, &problem, &format!("write `\"{shorter}\"`"));
    }
}

fn check_field(field: &Field, errors: &mut Diagnostics) -> Result<(), Unusable> {
    // The role of the field is unknown.
    if field.refused.has("flatten") || field.refused.has("skip") {
        return Err(Unusable);
    }
    for attr in &field.misplaced {
        errors.error(attr, "`#[metrics(…)]` is for the struct", "write `#[metric(…)]` on a field");
    }
    let options = &field.options;
    if let (Some(_), Some(skip)) = (&options.flatten, &options.skip) {
        errors.error(
            &skip.0,
            "a field is flattened or skipped, not both",
            "remove one of the two options",
        );
        return Err(Unusable);
    }
    match &field.role {
        Role::Group { .. } if kinds::is_calls(&field.ty) => {
            let problem =
                "`Calls` is not a group, and its families start with the field's name anyway";
            errors.error(&field.ty, problem, "remove `flatten`");
            Err(Unusable)
        }
        Role::Group { .. } => {
            refuse_others(options, "a flattened group", "flatten", errors);
            let prefix = options.flatten.as_ref().and_then(|flatten| flatten.prefix.as_ref());
            check_prefix("prefix", prefix, errors);
            Ok(())
        }
        Role::Skipped(_) => {
            refuse_others(options, "a skipped field", "skip", errors);
            Ok(())
        }
        Role::Metric(metric) | Role::Calls(metric) => check_metric(field, metric, errors),
    }
}

/// Reports options that only metrics have, on a field that is not a metric.
fn refuse_others(options: &FieldOptions, what: &str, mode: &str, errors: &mut Diagnostics) {
    let others = [
        ("rename", options.rename.as_ref().map(|text| text.span)),
        ("help", options.help.as_ref().map(|text| text.0.span())),
        ("buckets", options.buckets.as_ref().map(|buckets| buckets.span)),
        ("native", options.native.as_ref().map(|native| native.span)),
        ("max_series", options.max_series.as_ref().map(|max_series| max_series.0.span())),
        ("max_label_bytes", options.max_label_bytes.as_ref().map(|bytes| bytes.0.span())),
        ("expire_after", options.expire_after.as_ref().map(|after| after.0.span())),
        ("zeros", place(&options.zeros)),
        ("quantiles", options.quantiles.as_ref().map(|quantiles| quantiles.span)),
        ("max_age", options.max_age.as_ref().map(|age| age.0.span())),
        ("age_buckets", options.age_buckets.as_ref().map(|ages| ages.0.span())),
        ("read", options.read.as_ref().map(|read| read.0.span())),
        ("utf8", place(&options.utf8)),
        ("expect", options.expect.as_ref().map(|expect| expect.rules[0].span())),
    ];
    for (option, span) in others {
        let Some(span) = span else { continue };
        let problem = format!("{what} has no `{option}`");
        errors.error_at(span, &problem, &format!("remove `{option}`, or `{mode}`"));
    }
}

fn check_metric(field: &Field, metric: &Metric, errors: &mut Diagnostics) -> Result<(), Unusable> {
    let Field { ty, options, refused, .. } = field;
    let function = options.read.as_ref().map(|read| &read.0);
    if parameters::report(ty, errors)
        || refused.has("read")
        || parameters::report_read(ty, function, errors)
    {
        return Err(Unusable);
    }
    if let Some(name) = options.rename.as_ref().filter(|name| name.value.is_empty()) {
        errors.error_at(name.span, "`rename` is empty", "write a name, or remove `rename`");
    }
    match &options.help {
        Some(help) if metric.help.is_blank() => {
            let Problem { problem, help: what_to_type } = Problem::blank_help();
            errors.error(&help.0, &problem, what_to_type);
        }
        None if metric.help.is_blank() && !refused.has("help") => {
            let Problem { problem, help } = Problem::no_help(&metric.name);
            if !kinds::may_be_metric(ty) {
                let help = format!(
                    "{help}; if the field is a group of metrics, add `#[metric(flatten)]`; if it is not a metric, `#[metric(skip = …)]`"
                );
                errors.error_at(field.ident.span(), &problem, &help);
                return Err(Unusable);
            }
            errors.error_at(field.ident.span(), &problem, help);
        }
        _ => {}
    }
    Ok(())
}

/// Reports two fields of one name; the compiler compares the names of different structs. Names are
/// the same if they differ only by what OpenMetrics drops.
fn check_duplicates(model: &MetricsStruct, errors: &mut Diagnostics) {
    let mut seen: HashMap<String, String> = HashMap::new();
    for field in &model.fields {
        let mut is_reported = false;
        for (name, metric) in field.family_names() {
            let key = family_key(&with_underscores(&name)).to_owned();
            let Some(other) = seen.get(&key) else {
                seen.insert(key, name);
                continue;
            };
            let problem = if *other == name {
                format!("metric `{name}` is defined twice in this struct")
            } else if family_key(other) != family_key(&name) {
                format!(
                    "metrics `{other}` and `{name}` are one family to scrapers that do not accept all characters",
                )
            } else {
                format!(
                    "metrics `{other}` and `{name}` are one family, since OpenMetrics drops `_total` and `_info`",
                )
            };
            // Two fields of calls have all three families in common.
            if !is_reported {
                errors.error_at(metric.span, &problem, "rename one");
            }
            is_reported = true;
        }
    }
}
