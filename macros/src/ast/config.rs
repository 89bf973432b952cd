//! The model of a config struct, whose numbers are shown as gauges.

use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt as _;
use syn::{Attribute, DeriveInput, GenericArgument, Generics, Path, PathArguments, Type};

use super::shape;
use super::types::NUMBERS;
use crate::attr;
use crate::attr::config::{ConfigFieldOptions, ConfigOptions};
use crate::attr::value::crate_path;
use crate::diagnostics::Diagnostics;

/// A `#[derive(ConfigMetrics)]` struct.
pub(crate) struct ConfigStruct {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    /// Its doc comment, and its options, which the struct of gauges gets.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) gauges: Vec<ConfigGauge>,
    /// The options as they are written.
    pub(crate) options: ConfigOptions,
}

/// A number of the struct, and the gauge that shows it.
pub(crate) struct ConfigGauge {
    /// The number's field.
    pub(crate) field: Ident,
    /// The gauge's field.
    pub(crate) name: Ident,
    pub(crate) unit: Option<Ident>,
    /// Its doc comment, its options, and whether it is compiled.
    pub(crate) attributes: Vec<Attribute>,
    /// The name, without a unit that is added.
    pub(crate) called: String,
    pub(crate) is_time: bool,
    /// The options as they are written.
    pub(crate) options: ConfigFieldOptions,
}

impl ConfigStruct {
    /// Reads a struct, or reports that the item has no named fields.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Diagnostics) -> Option<Self> {
        let fields = shape::fields_of_config(input, errors)?;
        let options: ConfigOptions = attr::read_known(&input.attrs);
        Some(ConfigStruct {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            krate: crate_path(options.krate.as_ref()),
            attributes: kept(&input.attrs, &["doc", "metrics"]),
            gauges: fields.named.iter().filter_map(ConfigGauge::read).collect(),
            options,
        })
    }
}

impl ConfigGauge {
    /// Reads a field, if it is a number and is not skipped.
    fn read(input: &syn::Field) -> Option<Self> {
        let field = input.ident.clone()?;
        let is_time = is_time(&input.ty)?;
        let options: ConfigFieldOptions = attr::read_known(&input.attrs);
        if options.skip.is_present() {
            return None;
        }
        let renamed = options.rename.as_ref().map(|name| name.value.clone());
        let is_renamed = renamed.is_some();
        let called = renamed.unwrap_or_else(|| field.unraw().to_string());
        let mut name = field.clone();
        if is_time && !is_renamed && !called.ends_with("_seconds") && called != "seconds" {
            name = format_ident!("{}_seconds", field.unraw(), span = field.span());
        }
        let unit = if is_time { Some("Seconds") } else { unit(&called) };
        let unit = unit.map(|unit| Ident::new(unit, field.span()));
        let attributes = kept(&input.attrs, &["doc", "metric", "cfg"]);
        Some(ConfigGauge { field, name, unit, attributes, called, is_time, options })
    }
}

fn kept(attrs: &[Attribute], names: &[&str]) -> Vec<Attribute> {
    let is_kept = |attr: &&Attribute| names.iter().any(|name| attr.path().is_ident(name));
    attrs.iter().filter(is_kept).cloned().collect()
}

/// Returns whether a number is a duration; nothing if the type is not a number.
fn is_time(ty: &Type) -> Option<bool> {
    let path = match ty {
        Type::Path(path) => &path.path,
        Type::Group(group) => return is_time(&group.elem),
        Type::Paren(inner) => return is_time(&inner.elem),
        _ => return None,
    };
    let last = path.segments.last()?;
    let name = last.ident.to_string();
    let is_number = |name: &str| NUMBERS.contains(&name);
    let is_positive = |of: &str| of.is_empty() || is_number(&of.to_lowercase());
    if is_number(&name) || name == "bool" || name.strip_prefix("NonZero").is_some_and(is_positive) {
        return Some(false);
    }
    match (name.as_str(), &last.arguments) {
        ("Duration", PathArguments::None) => Some(true),
        ("Option", PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => is_time(inner),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the unit that a name ends with.
fn unit(name: &str) -> Option<&'static str> {
    let last = name.rsplit('_').next()?;
    Some(match last {
        "seconds" => "Seconds",
        "bytes" => "Bytes",
        "ratio" => "Ratio",
        "celsius" => "Celsius",
        "kelvin" => "Kelvin",
        "meters" => "Meters",
        "volts" => "Volts",
        "amperes" => "Amperes",
        "joules" => "Joules",
        "grams" => "Grams",
        _ => return None,
    })
}
