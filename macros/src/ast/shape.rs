//! Items that no model can hold, since the macro is for others.

use syn::{Data, DataStruct, DeriveInput, Fields, FieldsNamed, Ident};

use crate::diagnostics::Diagnostics;

/// Returns the fields of a metrics struct, or reports that the item cannot be one.
pub(super) fn fields_of_metrics<'a>(
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
            // Where the labels of a family lack a lifetime, the compiler suggests a parameter.
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

/// Returns the fields of a config struct, or reports that the item cannot be one.
pub(super) fn fields_of_config<'a>(
    input: &'a DeriveInput,
    errors: &mut Diagnostics,
) -> Option<&'a FieldsNamed> {
    let Data::Struct(data) = &input.data else {
        let help = "derive it for the struct that holds the values";
        errors.error(&input.ident, "`ConfigMetrics` is derived for a type that is not a struct, and only a struct has numbers to show", help);
        return None;
    };
    let Fields::Named(fields) = &data.fields else {
        let help = "name the fields: the gauges have the same names";
        errors.error(&input.ident, "the fields of this struct have no names", help);
        return None;
    };
    Some(fields)
}

/// Returns the fields of a label set, or reports that the item cannot be one.
pub(super) fn fields_of_label_set<'a>(
    input: &'a DeriveInput,
    errors: &mut Diagnostics,
) -> Option<&'a FieldsNamed> {
    let (problem, help) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(fields),
            Fields::Unnamed(fields) => (
                "`LabelSet` is derived for a tuple struct, and its labels need names",
                match fields.unnamed.len() {
                    1 => {
                        "name the field, or write `#[derive(LabelValue)]` for one label that is named after the struct"
                    }
                    _ => {
                        "name the fields, or write the tuple `(A, B)` itself, whose labels are named after its types"
                    }
                },
            ),
            Fields::Unit => {
                ("`LabelSet` is derived for a struct without fields", "add a field for each label")
            }
        },
        Data::Enum(_) => (
            "`LabelSet` is derived for an enum, which is one label",
            "write `#[derive(LabelValue)]` instead, which makes it a set of one label too",
        ),
        Data::Union(_) => (
            "`LabelSet` is derived for a union, which does not know its values",
            "write a struct with a field for each label",
        ),
    };
    errors.error(&input.ident, problem, help);
    None
}

/// Reports a struct that does not hold exactly one value.
pub(super) fn refuse_struct(ident: &Ident, fields: &Fields, errors: &mut Diagnostics) {
    let (problem, help) = match fields {
        fields if fields.is_empty() => (
            "`LabelValue` is derived for a struct without a value".to_owned(),
            format!("write an enum with a variant for each value, or `struct {ident}(String);`"),
        ),
        Fields::Named(_) => (
            "`LabelValue` is derived for a struct with named fields, each of which is a label"
                .to_owned(),
            "write `#[derive(LabelSet)]` instead".to_owned(),
        ),
        fields => (
            format!(
                "`LabelValue` is derived for a struct of {} fields, and a label has one value",
                fields.len()
            ),
            "leave one field, or name the fields and write `#[derive(LabelSet)]`".to_owned(),
        ),
    };
    errors.error(ident, &problem, &help);
}

/// Reports a union.
pub(super) fn refuse_union(ident: &Ident, errors: &mut Diagnostics) {
    errors.error(
        ident,
        "`LabelValue` is derived for a union, which does not know its value",
        "write an enum with a variant for each value",
    );
}
