//! The checked model of a metrics struct. Making it reports every mistake; what is wrong is left
//! out or replaced, so that the rest can still be generated.

use proc_macro2::{Ident, Span};
use syn::{Expr, LitStr, Path, Type, Visibility};

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
    /// Rules that it may break.
    pub(crate) expected: Vec<Ident>,
    /// Whether its name is to be checked: not if the waiver of it is wrong itself.
    pub(crate) is_checked: bool,
}
