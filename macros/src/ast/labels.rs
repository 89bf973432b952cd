//! The models of a label's type and of a label set.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Data, DataEnum, DataStruct, DeriveInput, Fields, Generics, Path, Type};

use super::shape;
use crate::attr;
use crate::attr::labels::{InnerOptions, LabelOptions, SetOptions, ValueOptions, VariantOptions};
use crate::attr::rules::{Expect, rules};
use crate::attr::value::{Text, crate_path, place};
use crate::case::Case;
use crate::diagnostics::Diagnostics;

/// A `#[derive(LabelValue)]` type.
pub(crate) struct LabelType {
    pub(crate) ident: Ident,
    /// Nothing but lifetimes.
    pub(crate) generics: Generics,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    pub(crate) label: Label,
    pub(crate) values: LabelValues,
    /// Whether a reference lacks a lifetime. The compiler reports that, and would report it again
    /// for generated code.
    pub(crate) lacks_lifetime: bool,
    /// The options as they are written.
    pub(crate) options: ValueOptions,
    /// Attributes within the type that have no effect.
    pub(crate) misplaced: Vec<Attribute>,
}

/// Which values a label has.
pub(crate) enum LabelValues {
    /// Those of an enum's variants.
    Variants(Vec<Variant>),
    /// Those of the type inside.
    Inner(Type),
    /// What `Display` writes for the type inside.
    DisplayedInner(Type),
    /// What `Display` writes for the type, or else for the one inside, if there is one; and where
    /// that is asked for.
    Displayed(Span, Option<Type>),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// Empty if series of it do not have the label.
    pub(crate) value: String,
    /// Where the value is written.
    pub(crate) span: Span,
    /// Empty, unless that is a mistake.
    pub(crate) fields: Fields,
    /// The options as they are written.
    pub(crate) options: VariantOptions,
}

/// A label where it is declared.
pub(crate) struct Label {
    pub(crate) name: String,
    /// Where the name is written.
    pub(crate) span: Span,
    /// Whether it has the name of its type.
    pub(crate) is_type: bool,
    /// Where a name of any characters is allowed.
    pub(crate) utf8: Option<Span>,
    /// Rules that the name may break.
    pub(crate) expected: Vec<Ident>,
}

/// A `#[derive(LabelSet)]` struct.
pub(crate) struct LabelStruct {
    pub(crate) ident: Ident,
    /// Nothing but lifetimes.
    pub(crate) generics: Generics,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    pub(crate) fields: Vec<LabelField>,
}

pub(crate) struct LabelField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) role: LabelRole,
    /// The options as they are written.
    pub(crate) options: LabelOptions,
}

/// The role of a field in its set.
pub(crate) enum LabelRole {
    Label(Label),
    /// Another set.
    Set,
    /// Not a label.
    Skipped,
}

impl LabelType {
    /// Reads a type, or reports that the item cannot be a label.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Diagnostics) -> Option<Self> {
        let (options, _) = attr::read::<ValueOptions>(&input.attrs, errors);
        let ident = &input.ident;
        let (values, misplaced) = match (&input.data, place(&options.display)) {
            (Data::Union(_), _) => {
                shape::refuse_union(ident, errors);
                return None;
            }
            (data, Some(span)) => displayed(data, span),
            (Data::Enum(data), None) => (variants(data, &options, errors), Vec::new()),
            (Data::Struct(data), None) => match &data.fields {
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => inner(&fields.unnamed[0]),
                fields => {
                    shape::refuse_struct(ident, fields, errors);
                    return None;
                }
            },
        };
        let default = (Case::SNAKE.spell(&ident.unraw().to_string()), ident.span());
        let utf8 = place(&options.utf8);
        Some(LabelType {
            ident: ident.clone(),
            generics: input.generics.clone(),
            krate: crate_path(options.krate.as_ref()),
            label: Label {
                is_type: options.name.is_none(),
                ..Label::read(options.name.as_ref(), default, utf8, options.expect.as_ref())
            },
            values,
            lacks_lifetime: lacks_lifetime(&input.data),
            options,
            misplaced,
        })
    }
}

/// Reads values that `Display` writes, and attributes inside, which have no effect.
fn displayed(data: &Data, span: Span) -> (LabelValues, Vec<Attribute>) {
    let (attrs, inner): (Vec<&Attribute>, _) = match data {
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
    (LabelValues::Displayed(span, inner), attr::called("label", attrs))
}

/// Reads the values of the type inside, and attributes that belong on the struct.
fn inner(field: &syn::Field) -> (LabelValues, Vec<Attribute>) {
    let (displays, misplaced): (Vec<_>, Vec<_>) =
        attr::called("label", &field.attrs).into_iter().partition(InnerOptions::is_display);
    let ty = field.ty.clone();
    let values = match displays.is_empty() {
        true => LabelValues::Inner(ty),
        false => LabelValues::DisplayedInner(ty),
    };
    (values, misplaced)
}

fn variants(data: &DataEnum, options: &ValueOptions, errors: &mut Diagnostics) -> LabelValues {
    let case = options.rename_all.as_ref().map_or(Case::SNAKE, |spelling| spelling.case);
    let variants = data.variants.iter().map(|input| {
        let (options, _) = attr::read::<VariantOptions>(&input.attrs, errors);
        let ident = input.ident.clone();
        let (value, span) = match (&options.rename, place(&options.skip)) {
            (Some(Text { value, span }), _) => (value.clone(), *span),
            (None, Some(skip)) => (String::new(), skip),
            (None, None) => (case.spell(&ident.unraw().to_string()), ident.span()),
        };
        Variant { ident, value, span, fields: input.fields.clone(), options }
    });
    LabelValues::Variants(variants.collect())
}

/// Returns whether a reference lacks a lifetime.
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
        // Function pointers may elide lifetimes.
        fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
    }
    let mut find = Find(false);
    find.visit_data(data);
    find.0
}

impl Label {
    fn read(
        name: Option<&Text>,
        default: (String, Span),
        utf8: Option<Span>,
        expect: Option<&Expect>,
    ) -> Self {
        let (name, span) = name.map_or(default, |name| (name.value.clone(), name.span));
        Label { name, span, is_type: false, utf8, expected: rules(expect).to_vec() }
    }
}

impl LabelStruct {
    /// Reads a set, or reports that the item cannot be one. Returns nothing either if a lifetime is
    /// missing, which the compiler reports.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Diagnostics) -> Option<Self> {
        // The options of an enum are for `LabelValue`.
        let fields = shape::fields_of_label_set(input, errors)?;
        let (options, _) = attr::read::<SetOptions>(&input.attrs, errors);
        if lacks_lifetime(&input.data) {
            return None;
        }
        Some(LabelStruct {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            krate: crate_path(options.krate.as_ref()),
            fields: fields
                .named
                .iter()
                .filter_map(|field| LabelField::read(field, errors))
                .collect(),
        })
    }

    /// Returns the fields that are not skipped.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &LabelField> {
        self.fields.iter().filter(|field| !matches!(field.role, LabelRole::Skipped))
    }
}

impl LabelField {
    fn read(input: &syn::Field, errors: &mut Diagnostics) -> Option<Self> {
        let ident = input.ident.clone()?;
        let (options, _) = attr::read::<LabelOptions>(&input.attrs, errors);
        let role = if options.skip.is_present() {
            LabelRole::Skipped
        } else if options.flatten.is_present() {
            LabelRole::Set
        } else {
            let default = (ident.unraw().to_string(), ident.span());
            let utf8 = place(&options.utf8);
            let (rename, expect) = (options.rename.as_ref(), options.expect.as_ref());
            LabelRole::Label(Label::read(rename, default, utf8, expect))
        };
        Some(LabelField { ident, ty: input.ty.clone(), role, options })
    }

    /// Returns the label, if the field is one.
    pub(crate) fn label(&self) -> Option<&Label> {
        match &self.role {
            LabelRole::Label(label) => Some(label),
            LabelRole::Set | LabelRole::Skipped => None,
        }
    }
}
