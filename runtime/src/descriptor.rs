//! What is known of a metric besides its value.

mod builder;
mod error;

pub use builder::DescriptorBuilder;
pub use error::DescriptorError;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::kind::Kind;
use crate::naming::Rules;
use crate::unit::Scale;

/// The place where a metric is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The package, as in its `Cargo.toml`.
    pub package: &'static str,
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line of the field.
    pub line: u32,
}

impl Location {
    /// Stands for a place that does not matter.
    pub(crate) const UNKNOWN: Location = Location { package: "", file: "", line: 0 };

    /// Stands for the package of what is made at run time. No package can be called so.
    const RUN_TIME: &'static str = "(run time)";

    /// The place at `line` of the same file.
    #[doc(hidden)]
    pub const fn line(self, line: u32) -> Location {
        Location { line, ..self }
    }

    /// The place of a call that makes a metric at run time.
    pub(crate) const fn at_run_time(caller: &'static std::panic::Location<'static>) -> Location {
        Location { package: Location::RUN_TIME, file: caller.file(), line: caller.line() }
    }

    /// Whether the metric was made at run time, so that no compiler has seen its name.
    pub(crate) fn is_at_run_time(&self) -> bool {
        self.package == Location::RUN_TIME
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} (package `{}`)", self.file, self.line, self.package)
    }
}

/// Everything known of a metric before it has a value.
///
/// What the derive declares is a constant. [`Descriptor::counter`], [`Descriptor::gauge`] and
/// [`Descriptor::histogram`] make one at run time, for what a
/// [`Collector`](crate::registry::Collector) gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    pub(crate) name: Cow<'static, str>,
    pub(crate) help: Cow<'static, str>,
    pub(crate) kind: Kind,
    pub(crate) unit: Option<&'static str>,
    pub(crate) label_names: Names,
    pub(crate) const_labels: ConstLabels,
    pub(crate) buckets: Cow<'static, [f64]>,
    pub(crate) location: Location,
    /// Rules that its author has waived.
    pub(crate) waived: Rules,
    /// How the bits of its values are to be read.
    pub(crate) scale: Scale,
    /// The unit of its type, also where the name does not end with it.
    pub(crate) type_unit: &'static str,
    /// Whether any value may come in one of its labels.
    pub(crate) is_open: bool,
    /// Whether series that were never updated are left out.
    pub(crate) is_sparse: bool,
    /// Whether it or one of its labels may have a name that only newer scrapers take.
    pub(crate) needs_escaping: bool,
}

impl Descriptor {
    /// The full name, with namespace, unit and `_total`.
    pub const fn name(&self) -> &str {
        match &self.name {
            Cow::Borrowed(name) => name,
            Cow::Owned(name) => name.as_str(),
        }
    }

    /// The first paragraph of the doc comment.
    pub const fn help(&self) -> &str {
        match &self.help {
            Cow::Borrowed(help) => help,
            Cow::Owned(help) => help.as_str(),
        }
    }

    /// Counter, gauge, …
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The unit's word, if the name ends with it; `None` without a unit.
    pub const fn unit(&self) -> Option<&str> {
        self.unit
    }

    /// Names of the labels whose values each series has of its own.
    pub fn label_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.label_names.iter()
    }

    /// Labels whose values are part of the declaration.
    pub fn const_labels(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.const_labels.iter()
    }

    /// Upper bounds of a histogram's buckets in the base unit, without `+Inf`.
    pub const fn buckets(&self) -> &[f64] {
        match &self.buckets {
            Cow::Borrowed(bounds) => bounds,
            Cow::Owned(bounds) => bounds.as_slice(),
        }
    }

    /// Where it is declared.
    pub const fn location(&self) -> Location {
        self.location
    }

    /// Rules that its author has waived.
    pub const fn waived(&self) -> Rules {
        self.waived
    }

    /// The same of a declaration in that place.
    #[doc(hidden)]
    pub const fn at(&'static self, location: Location) -> Descriptor {
        Descriptor {
            name: Cow::Borrowed(self.name()),
            help: Cow::Borrowed(self.help()),
            kind: self.kind,
            unit: self.unit,
            label_names: Names::Declared(self.label_names.declared()),
            const_labels: ConstLabels::Declared(self.const_labels.declared()),
            buckets: Cow::Borrowed(self.buckets()),
            location,
            waived: self.waived,
            scale: self.scale,
            type_unit: self.type_unit,
            is_open: self.is_open,
            is_sparse: self.is_sparse,
            needs_escaping: self.needs_escaping,
        }
    }

    /// Whether its series have a label of that name, be it of their own or the same for all.
    pub(crate) fn has_label(&self, name: &str) -> bool {
        self.label_names().any(|label| label == name)
            || self.const_labels.iter().any(|(label, _)| label == name)
    }

    /// Whether series of another metric, whose name has become `name`, may stand in its family:
    /// everything but the place and the values of constant labels is the same.
    pub(crate) fn is_family_of(&self, name: &str, other: &Descriptor) -> bool {
        self.shows_as(name, other) && self.scale == other.scale && self.is_open == other.is_open
    }

    /// The same of points, which are given and not read.
    pub(crate) fn shows_as(&self, name: &str, other: &Descriptor) -> bool {
        self.name == name
            && self.help == other.help
            && self.kind == other.kind
            && self.unit == other.unit
            && self.label_names == other.label_names
            && self.buckets == other.buckets
            && self.const_labels.len() == other.const_labels.len()
            && std::iter::zip(self.const_labels.iter(), other.const_labels.iter())
                .all(|(a, b)| a.0 == b.0)
    }

    /// Whether points of another one are as if they were of this one.
    pub(crate) fn is_like(&self, other: &Descriptor) -> bool {
        self.shows_as(other.name(), other) && self.const_labels == other.const_labels
    }
}

/// Names of labels.
#[derive(Clone)]
pub(crate) enum Names {
    Declared(&'static [&'static str]),
    /// At run time.
    Made(Arc<[String]>),
}

impl Names {
    pub(crate) const NONE: Names = Names::Declared(&[]);

    /// Those of a declaration.
    pub(crate) const fn declared(&self) -> &'static [&'static str] {
        match self {
            Names::Declared(names) => names,
            Names::Made(_) => panic!("no declaration has names that are made at run time"),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Names::Declared(names) => names.len(),
            Names::Made(names) => names.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> &str {
        match self {
            Names::Declared(names) => names[index],
            Names::Made(names) => &names[index],
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Names) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Labels whose values are the same for all series.
#[derive(Clone)]
pub(crate) enum ConstLabels {
    Declared(&'static [(&'static str, &'static str)]),
    /// At run time.
    Made(Arc<[(String, String)]>),
}

impl ConstLabels {
    pub(crate) const NONE: ConstLabels = ConstLabels::Declared(&[]);

    /// Those of a declaration.
    pub(crate) const fn declared(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            ConstLabels::Declared(labels) => labels,
            ConstLabels::Made(_) => panic!("no declaration has labels that are made at run time"),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            ConstLabels::Declared(labels) => labels.len(),
            ConstLabels::Made(labels) => labels.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<(&str, &str)> {
        match self {
            ConstLabels::Declared(labels) => labels.get(index).copied(),
            ConstLabels::Made(labels) => {
                labels.get(index).map(|(name, value)| (name.as_str(), value.as_str()))
            }
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }
}

impl PartialEq for ConstLabels {
    fn eq(&self, other: &ConstLabels) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for ConstLabels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
