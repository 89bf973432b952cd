//! What is wrong with a label's type or with a set of labels, as far as the tokens show.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Data, DataEnum, DataStruct, DeriveInput, Fields, FieldsNamed, GenericParam,
    Generics, parse_quote,
};

use crate::ast::{Label, LabelField, LabelStruct, LabelType, LabelValues, Variant};
use crate::attr::labels::{LabelOptions, SetOptions, ValueOptions, VariantOptions};
use crate::attr::{self, Text};
use crate::case::Case;
use crate::diagnostics::Diagnostics;

/// The checked type of a label, or nothing if it cannot be one.
pub(crate) fn label_type(input: &DeriveInput, errors: &mut Diagnostics) -> Option<LabelType> {
    let (options, _) = attr::read::<ValueOptions>(&input.attrs, errors);
    let ident = &input.ident;
    let values = match &input.data {
        Data::Enum(_) | Data::Struct(_) if options.display.is_present() => {
            displayed(input, &options, errors)
        }
        Data::Enum(data) => {
            let case = options.rename_all.map_or(Case::SNAKE, |spelling| spelling.case);
            variants(ident, data, case, errors)
        }
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                if let Some(spelling) = options.rename_all {
                    errors.error_at(
                        spelling.text.span,
                        "`rename_all` is for the variants of an enum",
                        "remove it",
                    );
                }
                let field = &fields.unnamed[0];
                let mut is_displayed = false;
                for attr in field.attrs.iter().filter(|attr| attr.path().is_ident("label")) {
                    if attr.parse_args::<Ident>().is_ok_and(|option| option == "display") {
                        is_displayed = true;
                        continue;
                    }
                    let help = format!("move it above `struct {ident}`");
                    errors.error(attr, "`#[label(…)]` is for the struct", &help);
                }
                let ty = field.ty.clone();
                if is_displayed { LabelValues::DisplayedInner(ty) } else { LabelValues::Inner(ty) }
            }
            fields => {
                refuse_struct(ident, fields, errors);
                return None;
            }
        },
        Data::Union(_) => {
            errors.error(
                ident,
                "`LabelValue` is derived for a union, which does not know its value",
                "write an enum with a variant for each value",
            );
            return None;
        }
    };
    if lacks_lifetime(&input.data) {
        return None;
    }
    refuse_types(&input.generics, "a label", errors);
    let expected = options.expect.map(|expect| expect.rules).unwrap_or_default();
    let utf8 = options.utf8.is_present().then(|| options.utf8.span());
    let label = match options.name {
        Some(Text { value, span }) => Label { name: value, span, is_type: false, utf8, expected },
        None => {
            let name = Case::SNAKE.spell(&ident.unraw().to_string());
            Label { name, span: ident.span(), is_type: true, utf8, expected }
        }
    };
    Some(LabelType {
        ident: ident.clone(),
        generics: input.generics.clone(),
        krate: options.krate.map_or_else(|| parse_quote!(::measurand), |path| path.0),
        label,
        values,
    })
}

/// The values that `Display` writes.
fn displayed(input: &DeriveInput, options: &ValueOptions, errors: &mut Diagnostics) -> LabelValues {
    let span = options.display.span();
    if let Some(spelling) = &options.rename_all {
        errors.error_at(
            spelling.text.span,
            "the values are what `Display` writes, and no variant is spelt",
            "remove `rename_all`, or `display`",
        );
    }
    let (inside, inner): (Vec<&Attribute>, _) = match &input.data {
        Data::Enum(data) => {
            (data.variants.iter().flat_map(|variant| &variant.attrs).collect(), None)
        }
        Data::Struct(DataStruct { fields, .. }) => {
            let is_newtype = matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
            let inner = fields.iter().next().filter(|_| is_newtype).map(|field| field.ty.clone());
            (fields.iter().flat_map(|field| &field.attrs).collect(), inner)
        }
        Data::Union(_) => (Vec::new(), None),
    };
    for attr in inside.iter().filter(|attr| attr.path().is_ident("label")) {
        errors.error(
            attr,
            "the values are what `Display` writes of the whole type",
            "remove this attribute, or `display` above the type",
        );
    }
    LabelValues::Displayed(span, inner)
}

/// Whether something is borrowed for no lifetime, which the compiler says, and what to write. What is
/// generated would say it again.
fn lacks_lifetime(data: &Data) -> bool {
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
            self.0 |= reference.lifetime.is_none();
            visit::visit_type_reference(self, reference);
        }
        fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
            self.0 |= lifetime.ident == "_";
        }
        // These borrow for any.
        fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
    }
    let mut find = Find(false);
    find.visit_data(data);
    find.0
}

/// A struct that does not stand for one value.
fn refuse_struct(ident: &Ident, fields: &Fields, errors: &mut Diagnostics) {
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

/// The values are written, and checked, where the type is declared.
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
                "{what} has no parameters but lifetimes, since it is checked where it is declared"
            ),
            &format!("remove `{name}`, or write one type for each `{name}`"),
        );
    }
}

fn variants(ident: &Ident, data: &DataEnum, case: Case, errors: &mut Diagnostics) -> LabelValues {
    if data.variants.is_empty() {
        errors.error(ident, "the label has no values", "add a variant for each value");
    }
    let mut variants: Vec<Variant> = Vec::new();
    let mut other: Option<Ident> = None;
    for input in &data.variants {
        let ident = &input.ident;
        let (options, _) = attr::read::<VariantOptions>(&input.attrs, errors);
        refuse_data(ident, &input.fields, errors);
        let is_skipped = options.skip.is_present();
        if options.other.is_present() {
            if is_skipped {
                errors.error_at(
                    options.skip.span(),
                    &format!("`{ident}` stands for all other values, or for none, not both"),
                    "remove `other` or `skip`",
                );
            }
            if let Some(first) = other.replace(ident.clone()) {
                errors.error_at(
                    options.other.span(),
                    &format!("`{first}` stands for all other values already"),
                    &format!("leave `other` on one of `{first}` and `{ident}`"),
                );
            }
        }
        let (value, span) = match options.rename {
            Some(text) if is_skipped => {
                errors.error_at(
                    text.span,
                    &format!("`{ident}` leaves off the label, so it has no value to rename"),
                    "remove `rename`, or `skip`",
                );
                continue;
            }
            Some(text) if text.value.is_empty() => {
                errors.error_at(
                    text.span,
                    "an empty value is the same as no label",
                    "write a value, or `#[label(skip)]` if no label is meant",
                );
                continue;
            }
            Some(text) => (text.value, text.span),
            None if is_skipped => (String::new(), options.skip.span()),
            None => (case.spell(&ident.unraw().to_string()), ident.span()),
        };
        if let Some(Variant { ident: first, .. }) = variants.iter().find(|v| v.value == value) {
            let (problem, help) = if is_skipped {
                (
                    format!(
                        "`{first}` leaves off the label already, and series are told apart by it"
                    ),
                    format!("leave `skip` on one of `{first}` and `{ident}`"),
                )
            } else {
                (
                    format!("`{first}` and `{ident}` have one label value, `{value}`"),
                    format!("give `{ident}` another: `#[label(rename = \"…\")]`"),
                )
            };
            errors.error_at(span, &problem, &help);
        }
        variants.push(Variant { ident: ident.clone(), value });
    }
    LabelValues::Variants { variants, other }
}

fn refuse_data(ident: &Ident, fields: &Fields, errors: &mut Diagnostics) {
    if fields.is_empty() {
        if !matches!(fields, Fields::Unit) {
            let problem = format!("variant `{ident}` has brackets with nothing in them");
            errors.error(fields, &problem, &format!("write `{ident}`"));
        }
        return;
    }
    errors.error(
        fields,
        &format!("variant `{ident}` holds data, and an enum's label has a value for each variant"),
        &format!(
            "write `{ident}`; what comes at run time is a label of its own, such as `struct Reason(String);`"
        ),
    );
}

/// The most labels that the runtime takes in a set.
const MAX_LABELS: usize = 24;

/// The checked set, or nothing if it cannot be one.
pub(crate) fn label_set(input: &DeriveInput, errors: &mut Diagnostics) -> Option<LabelStruct> {
    let ident = &input.ident;
    // The options of an enum are another derive's.
    let fields = named_fields(input, errors)?;
    let (options, _) = attr::read::<SetOptions>(&input.attrs, errors);
    if lacks_lifetime(&input.data) {
        return None;
    }
    refuse_types(&input.generics, "a label set", errors);
    let all: Vec<_> = fields.named.iter().map(|input| field(input, errors)).collect();
    let has_skipped = all.iter().any(Option::is_none);
    let set = LabelStruct {
        ident: ident.clone(),
        generics: input.generics.clone(),
        krate: options.krate.map_or_else(|| parse_quote!(::measurand), |path| path.0),
        fields: all.into_iter().flatten().collect(),
        has_skipped,
    };
    if set.fields.is_empty() && errors.is_empty() {
        errors.error(ident, "the set has no labels", "add a field for each label");
    }
    let mut seen: Vec<&Label> = Vec::new();
    for label in set.fields.iter().filter_map(|field| field.label.as_ref()) {
        if seen.len() == MAX_LABELS {
            errors.error_at(
                label.span,
                "a set has at most 24 labels",
                "leave out those that tell little: each one multiplies the series",
            );
        }
        if seen.iter().any(|first| first.name == label.name) {
            let problem = format!("label `{}` is declared twice", label.name);
            errors.error_at(label.span, &problem, "remove one, or give it another name");
        }
        seen.push(label);
    }
    Some(set)
}

fn named_fields<'a>(input: &'a DeriveInput, errors: &mut Diagnostics) -> Option<&'a FieldsNamed> {
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

/// The checked field, or nothing if it is none of the set's.
fn field(input: &syn::Field, errors: &mut Diagnostics) -> Option<LabelField> {
    let ident = input.ident.as_ref()?;
    let (options, _) = attr::read::<LabelOptions>(&input.attrs, errors);
    let (is_flattened, is_skipped) = (options.flatten.is_present(), options.skip.is_present());
    if is_flattened && is_skipped {
        errors.error_at(
            options.skip.span(),
            "a field is flattened or skipped, not both",
            "remove one of the two options",
        );
        return None;
    }
    if is_flattened || is_skipped {
        let (what, mode) =
            if is_flattened { ("a flattened set", "flatten") } else { ("a skipped field", "skip") };
        let others = [
            ("rename", options.rename.as_ref().map(|text| text.span)),
            ("display", options.display.is_present().then(|| options.display.span())),
            ("utf8", options.utf8.is_present().then(|| options.utf8.span())),
            ("expect", options.expect.as_ref().map(|expect| expect.rules[0].span())),
        ];
        for (option, span) in others {
            if let Some(span) = span {
                let help = format!("remove `{option}`, or `{mode}`");
                errors.error_at(span, &format!("{what} has no `{option}`"), &help);
            }
        }
    }
    if is_skipped {
        return None;
    }
    let label = (!is_flattened).then(|| {
        let expected = options.expect.map(|expect| expect.rules).unwrap_or_default();
        let (name, span) = match options.rename {
            Some(Text { value, span }) => (value, span),
            None => (ident.unraw().to_string(), ident.span()),
        };
        let utf8 = options.utf8.is_present().then(|| options.utf8.span());
        Label { name, span, is_type: false, utf8, expected }
    });
    let is_displayed = options.display.is_present();
    Some(LabelField { ident: ident.clone(), ty: input.ty.clone(), label, is_displayed })
}
