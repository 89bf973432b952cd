//! The checked models of what is derived. Making one reports every mistake; what is wrong with a
//! metrics struct is left out or replaced, so that the rest can still be generated.

use proc_macro2::{Ident, Span};
use syn::{Expr, Generics, LitStr, Path, Type, Visibility};

use crate::attr::Buckets;

/// A `#[derive(Metrics)]` struct.
pub(crate) struct MetricsStruct {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    pub(crate) mode: Mode,
    /// What stands before every name, in parts.
    pub(crate) prefix: Vec<PrefixPart>,
    pub(crate) const_labels: Vec<(Ident, LitStr)>,
    /// Rules that are off unless asked for.
    pub(crate) denied: Vec<Ident>,
    /// Rules that namespace and labels may break.
    pub(crate) expected: Vec<Ident>,
    pub(crate) fields: Vec<Field>,
}

/// What becomes of the struct.
pub(crate) enum Mode {
    /// A static, in the registry of the binary.
    Static {
        global: Option<Ident>,
        /// Its names may be defined elsewhere in the crate too.
        is_local: bool,
    },
    /// Made at run time, with these labels.
    Instance(Vec<(Ident, Type)>),
    /// Flattened into others.
    Group,
}

/// A namespace or a subsystem.
pub(crate) struct PrefixPart {
    pub(crate) option: &'static str,
    /// With its `_`.
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl MetricsStruct {
    /// What stands before every name.
    pub(crate) fn prefix(&self) -> String {
        self.prefix.iter().map(|part| part.text.as_str()).collect()
    }
}

pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) role: Role,
}

pub(crate) enum Role {
    Metric(Box<Metric>),
    Group {
        prefix: Option<PrefixPart>,
    },
    /// Not a metric; starts as this.
    Skipped(Expr),
}

pub(crate) struct Metric {
    /// Its own name, without the struct's prefix.
    pub(crate) name: String,
    /// Where the name is written.
    pub(crate) span: Span,
    pub(crate) help: String,
    pub(crate) buckets: Option<Buckets>,
    /// The most series of a family.
    pub(crate) max_series: Option<Expr>,
    /// How long an open series may go without an update.
    pub(crate) expire_after: Option<Expr>,
    /// Where it is asked for zeros of every series.
    pub(crate) zeros: Option<Span>,
    /// Rules that it may break.
    pub(crate) expected: Vec<Ident>,
    /// Whether its name is to be checked: not if the waiver of it is wrong itself.
    pub(crate) is_checked: bool,
}

/// A `#[derive(LabelValue)]` type.
pub(crate) struct LabelType {
    pub(crate) ident: Ident,
    /// Nothing but lifetimes.
    pub(crate) generics: Generics,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    pub(crate) label: Label,
    pub(crate) values: LabelValues,
}

/// Which values a label has.
pub(crate) enum LabelValues {
    /// Those of an enum's variants.
    Variants {
        variants: Vec<Variant>,
        /// Of these, the one that stands for all other values.
        other: Option<Ident>,
    },
    /// Those of the type inside.
    Inner(Type),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// Empty if series of it do not have the label.
    pub(crate) value: String,
}

/// A label where it is declared.
pub(crate) struct Label {
    pub(crate) name: String,
    /// Where the name is written.
    pub(crate) span: Span,
    /// Whether it is called after its type.
    pub(crate) is_type: bool,
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
    /// Without those that are skipped.
    pub(crate) fields: Vec<LabelField>,
}

pub(crate) struct LabelField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// Nothing if the field is another set.
    pub(crate) label: Option<Label>,
}
