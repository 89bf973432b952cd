//! What is known of a metric besides its value.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::kind::Kind;
use crate::naming::{self, Rules};
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

    /// The same with that line.
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
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Descriptor {
    /// The full name, with namespace, unit and `_total`.
    pub name: Cow<'static, str>,
    /// The first paragraph of the doc comment.
    pub help: &'static str,
    /// Counter, gauge, …
    pub kind: Kind,
    /// The unit's word, if the name ends with it; `None` without a unit.
    pub unit: Option<&'static str>,
    /// Names of the labels whose values each series has of its own.
    pub label_names: &'static [&'static str],
    /// Labels whose values are part of the declaration.
    pub const_labels: &'static [(&'static str, &'static str)],
    /// Upper bounds of a histogram's buckets in the base unit, without `+Inf`.
    pub buckets: &'static [f64],
    /// Where it is declared.
    pub location: Location,
    /// Rules that its author has waived.
    pub waived: Rules,
    /// How the bits of its values are to be read.
    pub(crate) scale: Scale,
    /// The unit of its type, also where the name does not end with it.
    pub(crate) type_unit: &'static str,
    /// Whether any value may come in one of its labels.
    pub(crate) is_open: bool,
    /// Whether series that were never updated are left out.
    pub(crate) is_sparse: bool,
}

impl Descriptor {
    /// The same of a declaration in that place.
    #[doc(hidden)]
    pub const fn at(&self, location: Location) -> Descriptor {
        Descriptor {
            name: Cow::Borrowed(naming::borrowed(&self.name)),
            help: self.help,
            kind: self.kind,
            unit: self.unit,
            label_names: self.label_names,
            const_labels: self.const_labels,
            buckets: self.buckets,
            location,
            waived: self.waived,
            scale: self.scale,
            type_unit: self.type_unit,
            is_open: self.is_open,
            is_sparse: self.is_sparse,
        }
    }

    /// Whether series of another metric, whose name has become `name`, may stand in its family:
    /// everything but the place and the values of constant labels is the same.
    pub(crate) fn is_family_of(&self, name: &str, other: &Descriptor) -> bool {
        self.name == name
            && self.help == other.help
            && self.kind == other.kind
            && self.unit == other.unit
            && self.scale == other.scale
            && self.label_names == other.label_names
            && self.is_open == other.is_open
            && self.buckets == other.buckets
            && self.const_labels.len() == other.const_labels.len()
            && std::iter::zip(self.const_labels, other.const_labels).all(|(a, b)| a.0 == b.0)
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

    pub(crate) fn len(&self) -> usize {
        match self {
            Names::Declared(names) => names.len(),
            Names::Made(names) => names.len(),
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(move |index| match self {
            Names::Declared(names) => names[index],
            Names::Made(names) => &names[index],
        })
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
