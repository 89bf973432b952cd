//! Checks of a label's type and of a label set.

use proc_macro2::Ident;
use syn::{Fields, GenericParam, Generics};

use crate::ast::labels::{
    Label, LabelField, LabelRole, LabelStruct, LabelType, LabelValues, Variant,
};
use crate::attr::value::place;
use crate::diagnostics::Diagnostics;

/// Reports every mistake in the type of a label.
pub(crate) fn label_type(model: &LabelType, errors: &mut Diagnostics) {
    match &model.values {
        LabelValues::Variants(variants) => check_variants(&model.ident, variants, errors),
        LabelValues::Inner(_) | LabelValues::DisplayedInner(_) => check_inner(model, errors),
        LabelValues::Displayed(..) => check_displayed(model, errors),
    }
    if !model.lacks_lifetime {
        refuse_types(&model.generics, "a label", errors);
    }
}

fn check_displayed(model: &LabelType, errors: &mut Diagnostics) {
    if let Some(spelling) = &model.options.rename_all {
        errors.error_at(
            spelling.text.span,
            "the values are what `Display` writes, so `rename_all` has nothing to rename",
            "remove `rename_all`, or `display`",
        );
    }
    for attr in &model.misplaced {
        errors.error(
            attr,
            "the values are what `Display` writes for the whole type",
            "remove this attribute, or `display` above the type",
        );
    }
}

fn check_inner(model: &LabelType, errors: &mut Diagnostics) {
    if let Some(spelling) = &model.options.rename_all {
        errors.error_at(
            spelling.text.span,
            "`rename_all` is for the variants of an enum",
            "remove it",
        );
    }
    for attr in &model.misplaced {
        let help = format!("move it above `struct {}`", model.ident);
        errors.error(attr, "`#[label(…)]` is for the struct", &help);
    }
}

/// Reports type and const parameters, since values are checked where the type is declared.
fn refuse_types(generics: &Generics, what: &str, errors: &mut Diagnostics) {
    let types = generics.params.iter().find_map(|param| match param {
        GenericParam::Lifetime(_) => None,
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
    });
    if let Some(name) = types {
        errors.error(
            name,
            &format!(
                "{what} has no generic parameters but lifetimes, since it is checked where it is declared"
            ),
            &format!("remove `{name}`, or write one type for each `{name}`"),
        );
    }
}

fn check_variants(ident: &Ident, variants: &[Variant], errors: &mut Diagnostics) {
    if variants.is_empty() {
        errors.error(ident, "the label has no values", "add a variant for each value");
    }
    let mut others: Option<&Ident> = None;
    let mut seen: Vec<&Variant> = Vec::new();
    for variant in variants {
        refuse_data(&variant.ident, &variant.fields, errors);
        check_other(variant, others, errors);
        if variant.options.other.is_present() {
            others = Some(&variant.ident);
        }
        if has_value(variant, errors) {
            if let Some(first) = seen.iter().find(|first| first.value == variant.value) {
                report_same_value(first, variant, errors);
            }
            seen.push(variant);
        }
    }
}

fn refuse_data(ident: &Ident, fields: &Fields, errors: &mut Diagnostics) {
    let empty = match fields {
        Fields::Unit => return,
        Fields::Unnamed(_) => "parentheses",
        Fields::Named(_) => "braces",
    };
    if fields.is_empty() {
        let problem = format!("variant `{ident}` has empty {empty}");
        errors.error(fields, &problem, &format!("write `{ident}`"));
        return;
    }
    errors.error(
        fields,
        &format!("variant `{ident}` holds data, and an enum's label has a value for each variant"),
        &format!(
            "write `{ident}`; a value that is known only at run time is a label of its own, such as `struct Reason(String);`"
        ),
    );
}

/// Checks a variant with `other`. `before` is an earlier one.
fn check_other(variant: &Variant, before: Option<&Ident>, errors: &mut Diagnostics) {
    let Variant { ident, options, .. } = variant;
    let Some(other) = place(&options.other) else { return };
    if let Some(skip) = place(&options.skip) {
        errors.error_at(
            skip,
            &format!("`{ident}` stands for all other values or omits the label, not both"),
            "remove `other` or `skip`",
        );
    }
    if let Some(first) = before {
        errors.error_at(
            other,
            &format!("`{first}` stands for all other values already"),
            &format!("keep `other` on one of `{first}` and `{ident}`"),
        );
    }
}

/// Reports a `rename` that is empty, or that contradicts `skip`. Returns whether there is none.
fn has_value(Variant { ident, options, .. }: &Variant, errors: &mut Diagnostics) -> bool {
    let Some(text) = &options.rename else { return true };
    if options.skip.is_present() {
        errors.error_at(
            text.span,
            &format!("`{ident}` omits the label, so it has no value to rename"),
            "remove `rename`, or `skip`",
        );
        return false;
    }
    if text.value.is_empty() {
        errors.error_at(
            text.span,
            "an empty value is the same as no label",
            "write a value, or `#[label(skip)]` if no label is meant",
        );
        return false;
    }
    true
}

fn report_same_value(first: &Variant, second: &Variant, errors: &mut Diagnostics) {
    let (first, ident) = (&first.ident, &second.ident);
    let (problem, help) = match second.options.skip.is_present() {
        true => (
            format!("`{first}` omits the label already, so series of `{ident}` would be the same"),
            format!("keep `skip` on one of `{first}` and `{ident}`"),
        ),
        false => (
            format!("`{first}` and `{ident}` have the same label value, `{}`", second.value),
            format!("give `{ident}` another: `#[label(rename = \"…\")]`"),
        ),
    };
    errors.error_at(second.span, &problem, &help);
}

/// The most labels that the runtime allows in a set.
const MAX_LABELS: usize = 24;

/// Reports every mistake in a label set.
pub(crate) fn label_set(set: &LabelStruct, errors: &mut Diagnostics) {
    refuse_types(&set.generics, "a label set", errors);
    set.fields.iter().for_each(|field| check_field(field, errors));
    if set.kept().next().is_none() && errors.is_empty() {
        errors.error(&set.ident, "the label set has no labels", "add a field for each label");
    }
    let mut seen: Vec<&Label> = Vec::new();
    for label in set.fields.iter().filter_map(LabelField::label) {
        if seen.len() == MAX_LABELS {
            errors.error_at(
                label.span,
                "a label set has at most 24 labels",
                "remove those that say little: each one multiplies the number of series",
            );
        }
        if seen.iter().any(|first| first.name == label.name) {
            let problem = format!("label `{}` is declared twice", label.name);
            errors.error_at(label.span, &problem, "remove one, or give it another name");
        }
        seen.push(label);
    }
}

fn check_field(field: &LabelField, errors: &mut Diagnostics) {
    let options = &field.options;
    let (what, mode) = match (&field.role, place(&options.skip)) {
        (LabelRole::Label(_), _) => return,
        (LabelRole::Skipped, Some(skip)) if options.flatten.is_present() => {
            errors.error_at(
                skip,
                "a field is flattened or skipped, not both",
                "remove one of the two options",
            );
            return;
        }
        (LabelRole::Skipped, _) => ("a skipped field", "skip"),
        (LabelRole::Set, _) => ("a flattened label set", "flatten"),
    };
    let others = [
        ("rename", options.rename.as_ref().map(|text| text.span)),
        ("display", place(&options.display)),
        ("utf8", place(&options.utf8)),
        ("expect", options.expect.as_ref().map(|expect| expect.rules[0].span())),
    ];
    for (option, span) in others {
        let Some(span) = span else { continue };
        let help = format!("remove `{option}`, or `{mode}`");
        errors.error_at(span, &format!("{what} has no `{option}`"), &help);
    }
}
