//! The model of a metrics struct.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Expr, Path, Type, Visibility};

use super::help::Help;
use super::{kinds, shape};
use crate::attr::metrics::{FieldOptions, StructOptions};
use crate::attr::rules::rules;
use crate::attr::value::{Text, crate_path, place};
use crate::attr::{self, Refused};
use crate::diagnostics::Diagnostics;

/// A `#[derive(Metrics)]` struct.
pub(crate) struct MetricsStruct {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The keyword `struct`, which is where its declaration stands.
    ///
    /// What is generated has the span of the macro's call by default, and that names a line: the
    /// compiler would look at all of it again where one is added above. The user's own tokens are
    /// known by their place in the item.
    pub(crate) here: Span,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    pub(crate) mode: Mode,
    /// What stands before every name, in parts.
    pub(crate) prefix: Vec<PrefixPart>,
    /// The values are constants of text. No name is repeated, or is that of an instance's label.
    pub(crate) const_labels: Vec<(Ident, Expr)>,
    /// Whether the rules about names are waived for all of them, even by an option that could not
    /// be read.
    pub(crate) is_legacy: bool,
    pub(crate) fields: Vec<Field>,
    /// The options as they are written.
    pub(crate) options: StructOptions,
    /// `#[metric(…)]` attributes, which belong on a field.
    pub(crate) misplaced: Vec<Attribute>,
}

/// What becomes of the struct.
pub(crate) enum Mode {
    /// A static, usually in the registry of the binary.
    Static {
        global: Option<Ident>,
        /// Its names may be defined elsewhere in the crate too.
        is_local: bool,
        /// It is in the registry of the binary.
        is_linked: bool,
    },
    /// Made at run time, with these labels, whose names differ.
    Instance(Vec<(Ident, Type)>),
    /// Flattened into others.
    Group,
}

/// A namespace or a subsystem.
pub(crate) struct PrefixPart {
    pub(crate) option: &'static str,
    /// With the `_` or `.` after it.
    pub(crate) text: String,
    pub(crate) span: Span,
}

pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) role: Role,
    /// The options as they are written.
    pub(crate) options: FieldOptions,
    /// Options that could not be read.
    pub(crate) refused: Refused,
    /// `#[metrics(…)]` attributes, which belong on the struct.
    pub(crate) misplaced: Vec<Attribute>,
}

pub(crate) enum Role {
    Metric(Metric),
    /// The calls of functions: three families.
    Calls(Metric),
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
    pub(crate) help: Help,
    /// Whether its name is checked: not if a waiver of the rules could not be read.
    pub(crate) is_checked: bool,
}

impl MetricsStruct {
    /// Reads a struct, or reports that the item cannot have metrics.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Diagnostics) -> Option<Self> {
        let fields = shape::fields_of_metrics(input, errors)?;
        let (options, refused) = attr::read::<StructOptions>(&input.attrs, errors);
        let here = match &input.data {
            Data::Struct(data) => data.struct_token.span,
            _ => input.ident.span(),
        };
        let mode = Mode::of(&options);
        let prefix = [("namespace", &options.namespace), ("subsystem", &options.subsystem)];
        Some(MetricsStruct {
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            here,
            krate: crate_path(options.krate.as_ref()),
            prefix: prefix
                .into_iter()
                .filter_map(|(option, part)| PrefixPart::read(option, part.as_ref()?))
                .collect(),
            const_labels: const_labels(&options, &mode),
            is_legacy: options.legacy.is_some() || refused.has("legacy"),
            mode,
            fields: fields.named.iter().filter_map(|field| Field::read(field, errors)).collect(),
            options,
            misplaced: attr::called("metric", &input.attrs),
        })
    }

    /// Returns what stands before every name.
    pub(crate) fn prefix(&self) -> String {
        self.prefix.iter().map(|part| part.text.as_str()).collect()
    }

    /// Returns the labels of an instance.
    pub(crate) fn instance_labels(&self) -> &[(Ident, Type)] {
        match &self.mode {
            Mode::Instance(labels) => labels,
            Mode::Static { .. } | Mode::Group => &[],
        }
    }

    /// Returns the names of the struct's labels, those of an instance first.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &Ident> {
        let of_instance = self.instance_labels().iter().map(|(label, _)| label);
        of_instance.chain(self.const_labels.iter().map(|(label, _)| label))
    }

    /// Returns the rules that namespace and labels may break.
    pub(crate) fn expected(&self) -> &[Ident] {
        rules(self.options.expect.as_ref())
    }

    /// Returns where names of any characters are allowed.
    pub(crate) fn utf8(&self) -> Option<Span> {
        place(&self.options.utf8)
    }

    /// Returns whether two of the struct's own families have one name.
    pub(crate) fn has_duplicates(&self) -> bool {
        let mut seen = HashSet::new();
        let mut names = self.fields.iter().flat_map(Field::family_names);
        names.any(|(name, _)| !seen.insert(family_key(&with_underscores(&name)).to_owned()))
    }
}

impl Mode {
    fn of(options: &StructOptions) -> Self {
        if options.group.is_present() {
            return Mode::Group;
        }
        match &options.instance {
            Some(instance) => {
                let mut labels: Vec<(Ident, Type)> = Vec::new();
                for (label, ty) in &instance.labels {
                    if !has_label(&labels, label) {
                        labels.push((label.clone(), ty.clone()));
                    }
                }
                Mode::Instance(labels)
            }
            None => Mode::Static {
                global: options.global.as_ref().map(|name| name.0.clone()),
                is_local: options.local.is_present(),
                is_linked: !options.unlinked.is_present(),
            },
        }
    }
}

/// Returns the labels with a value, without repetitions.
fn const_labels(options: &StructOptions, mode: &Mode) -> Vec<(Ident, Expr)> {
    let mut labels: Vec<(Ident, Expr)> = Vec::new();
    for (label, value) in options.const_labels.iter().flat_map(|labels| &labels.0) {
        let is_instances = matches!(mode, Mode::Instance(others) if has_label(others, label));
        if !is_instances && !has_label(&labels, label) {
            labels.push((label.clone(), value.clone()));
        }
    }
    labels
}

fn has_label<T>(labels: &[(Ident, T)], label: &Ident) -> bool {
    labels.iter().any(|(other, _)| other.unraw() == label.unraw())
}

impl PrefixPart {
    /// Reads a part and appends `_`, unless it ends with a `.`. Returns nothing for what cannot
    /// stand before a name.
    fn read(option: &'static str, part: &Text) -> Option<Self> {
        let Text { value, span } = part;
        if value.is_empty() || value.ends_with('_') {
            return None;
        }
        let separator = if value.ends_with('.') { "" } else { "_" };
        Some(PrefixPart { option, text: format!("{value}{separator}"), span: *span })
    }
}

impl Field {
    fn read(input: &syn::Field, errors: &mut Diagnostics) -> Option<Self> {
        let ident = input.ident.clone()?;
        let (options, refused) = attr::read::<FieldOptions>(&input.attrs, errors);
        let role = match (&options.flatten, &options.skip) {
            (None, None) => {
                let metric = Metric::read(&ident, &options, &refused, &input.attrs);
                if kinds::is_calls(&input.ty) { Role::Calls(metric) } else { Role::Metric(metric) }
            }
            (_, Some(skip)) => Role::Skipped(skip.0.clone()),
            (Some(flatten), None) => {
                let prefix = flatten.prefix.as_ref();
                Role::Group { prefix: prefix.and_then(|part| PrefixPart::read("prefix", part)) }
            }
        };
        let (ty, misplaced) = (input.ty.clone(), attr::called("metrics", &input.attrs));
        Some(Field { ident, ty, role, options, refused, misplaced })
    }

    /// Returns the names of its families, without the prefix.
    pub(crate) fn family_names(&self) -> Vec<(String, &Metric)> {
        match &self.role {
            Role::Metric(metric) => vec![(metric.name.clone(), metric)],
            Role::Calls(metric) => ["calls_total", "duration_seconds", "in_progress"]
                .map(|family| (format!("{}_{family}", metric.name), metric))
                .into(),
            Role::Group { .. } | Role::Skipped(_) => Vec::new(),
        }
    }

    /// Returns the rules that it may break.
    pub(crate) fn expected(&self) -> &[Ident] {
        rules(self.options.expect.as_ref())
    }

    /// Returns where a name of any characters is allowed for it alone.
    pub(crate) fn utf8(&self) -> Option<Span> {
        place(&self.options.utf8)
    }
}

impl Metric {
    fn read(ident: &Ident, options: &FieldOptions, refused: &Refused, attrs: &[Attribute]) -> Self {
        let (name, span) = match &options.rename {
            Some(name) if !name.value.is_empty() => (name.value.clone(), name.span),
            _ => (ident.unraw().to_string(), ident.span()),
        };
        let help = match &options.help {
            Some(help) => Help::of_option(&help.0),
            // It could not be read, but it is there.
            None if refused.has("help") => Help::Text(String::new()),
            None => Help::documented(attrs),
        };
        let is_checked = !refused.has("expect") && !refused.has("max_series");
        Metric { name, span, help, is_checked }
    }
}

/// Returns the name as scrapers see it that do not accept all characters.
pub(crate) fn with_underscores(name: &str) -> String {
    let is_taken = |c: char| c == '_' || c.is_ascii_alphanumeric();
    name.chars().map(|c| if is_taken(c) { c } else { '_' }).collect()
}

/// Returns the name without what OpenMetrics drops.
pub(crate) fn family_key(name: &str) -> &str {
    name.strip_suffix("_total").or_else(|| name.strip_suffix("_info")).unwrap_or(name)
}
