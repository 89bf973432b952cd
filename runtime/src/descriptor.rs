//! Descriptors: everything about a metric except its values.

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
///
/// ```
/// use measurand::{Gauge, Location, Metrics, Registry};
///
/// /// The queue.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_location", instance)]
/// struct QueueMetrics {
///     /// Jobs that wait.
///     waiting_jobs: Gauge,
/// }
///
/// let registry = Registry::new();
/// let _queue = QueueMetrics::register(&registry).unwrap();
/// let families = registry.descriptors();
/// let waiting = families.iter().find(|it| it.name() == "doc_location_waiting_jobs").unwrap();
/// let Location { package, file, line, .. } = waiting.location();
/// println!("declared in package {package}, {file}:{line}");
/// # assert_ne!((package, file, line), ("", "", 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Location {
    /// The package, as named in its `Cargo.toml`.
    pub package: &'static str,
    /// The file, as passed to the compiler.
    pub file: &'static str,
    /// The line of the field.
    pub line: u32,
}

impl Location {
    /// Stands for an irrelevant location.
    pub(crate) const UNKNOWN: Location = Location { package: "", file: "", line: 0 };

    /// The package of metrics created at run time. No real package can have this name.
    const RUN_TIME: &'static str = "(run time)";

    /// Creates the location of a declaration. A package that Cargo does not compile is named after its
    /// crate, the first word of `module`.
    pub(crate) const fn new(
        cargo: Option<&'static str>,
        module: &'static str,
        file: &'static str,
        line: u32,
    ) -> Location {
        let package = match cargo {
            Some(package) => package,
            None => {
                let mut i = 0;
                while i < module.len() && module.as_bytes()[i] != b':' {
                    i += 1;
                }
                module.split_at(i).0
            }
        };
        Location { package, file, line }
    }

    /// Returns the location with another line.
    #[doc(hidden)]
    pub const fn line(self, line: u32) -> Location {
        Location { line, ..self }
    }

    /// Returns the location of a call that creates a metric at run time.
    pub(crate) const fn at_run_time(caller: &'static std::panic::Location<'static>) -> Location {
        Location { package: Location::RUN_TIME, file: caller.file(), line: caller.line() }
    }

    /// Returns whether the metric was created at run time, so that its name was not checked at
    /// compile time.
    pub(crate) fn is_at_run_time(&self) -> bool {
        self.package == Location::RUN_TIME
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} (package `{}`)", self.file, self.line, self.package)
    }
}

/// Everything about a metric except its values.
///
/// The derive declares constants. To create descriptors at run time, for a
/// [`Collector`](crate::registry::Collector), use [`Descriptor::counter`], [`Descriptor::gauge`],
/// [`Descriptor::histogram`] and the like.
///
/// ```
/// use measurand::naming::{Rule, Rules};
/// use measurand::{Family, Histogram, Kind, Metrics, Registry, family::Method, unit::Seconds};
///
/// /// The API.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_descriptor", const_labels(version = "2"), instance)]
/// struct ApiMetrics {
///     /// Time to answer.
///     #[metric(buckets = [0.1, 1], expect(abbreviation, unit_suffix, reason = "an old dashboard"))]
///     answer_secs: Family<Method, Histogram<Seconds>>,
/// }
///
/// let registry = Registry::new();
/// let _api = ApiMetrics::register(&registry).unwrap();
/// let families = registry.descriptors();
/// let answer = families.iter().find(|it| it.name() == "doc_descriptor_answer_secs").unwrap();
/// assert_eq!((answer.kind(), answer.help()), (Kind::Histogram, "Time to answer."));
/// assert_eq!((answer.unit(), answer.buckets()), (None, [0.1, 1.0].as_slice()));
/// assert!(answer.label_names().eq(["method"]));
/// assert!(answer.const_labels().eq([("version", "2")]));
/// assert_eq!(answer.waived(), Rules::of(&[Rule::Abbreviation, Rule::UnitSuffix]));
/// println!("declared at {}", answer.location());
/// ```
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
    /// The rules that are waived.
    pub(crate) waived: Rules,
    /// How the bits of its values are read.
    pub(crate) scale: Scale,
    /// The unit of its type, even if the name does not end with it.
    pub(crate) type_unit: &'static str,
    /// Whether any value may occur in one of its labels.
    pub(crate) is_open: bool,
    /// Whether series that were never updated are not exposed.
    pub(crate) is_sparse: bool,
    /// Whether its name or that of a label may need UTF-8 support.
    pub(crate) needs_escaping: bool,
}

impl Descriptor {
    /// Returns the full name, with namespace, unit and `_total`.
    pub const fn name(&self) -> &str {
        match &self.name {
            Cow::Borrowed(name) => name,
            Cow::Owned(name) => name.as_str(),
        }
    }

    /// Returns the help text, which is the first paragraph of the doc comment.
    pub const fn help(&self) -> &str {
        match &self.help {
            Cow::Borrowed(help) => help,
            Cow::Owned(help) => help.as_str(),
        }
    }

    /// Returns the kind of the metric.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the name of the unit, if the metric's name ends with it; `None` without a unit.
    pub const fn unit(&self) -> Option<&str> {
        self.unit
    }

    /// Returns the names of labels whose values differ between series.
    pub fn label_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.label_names.iter()
    }

    /// Returns the labels with constant values.
    pub fn const_labels(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.const_labels.iter()
    }

    /// Returns the upper bounds of a histogram's buckets in the base unit, without `+Inf`.
    pub const fn buckets(&self) -> &[f64] {
        match &self.buckets {
            Cow::Borrowed(bounds) => bounds,
            Cow::Owned(bounds) => bounds.as_slice(),
        }
    }

    /// Returns where it is declared.
    pub const fn location(&self) -> Location {
        self.location
    }

    /// Returns the rules that are waived.
    pub const fn waived(&self) -> Rules {
        self.waived
    }

    /// Returns a copy with a location.
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

    /// Returns whether its series have a label with this name, constant or not.
    pub(crate) fn has_label(&self, name: &str) -> bool {
        self.label_names().any(|label| label == name)
            || self.const_labels.iter().any(|(label, _)| label == name)
    }

    /// Returns whether series of another metric, whose name has become `name`, may be in its
    /// family: everything but the location and the values of constant labels must be the same.
    pub(crate) fn is_family_of(&self, name: &str, other: &Descriptor) -> bool {
        self.shows_as(name, other) && self.scale == other.scale && self.is_open == other.is_open
    }

    /// Returns whether points of another metric, whose name has become `name`, may be in its
    /// family.
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

    /// Returns whether points of another descriptor look like points of this one.
    pub(crate) fn is_like(&self, other: &Descriptor) -> bool {
        self.shows_as(other.name(), other) && self.const_labels == other.const_labels
    }
}

/// Names of labels.
#[derive(Clone)]
pub(crate) enum Names {
    Declared(&'static [&'static str]),
    /// Created at run time.
    Made(Arc<[String]>),
}

impl Names {
    pub(crate) const NONE: Names = Names::Declared(&[]);

    /// Returns the names in a declaration.
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
    /// Created at run time.
    Made(Arc<[(String, String)]>),
}

impl ConstLabels {
    pub(crate) const NONE: ConstLabels = ConstLabels::Declared(&[]);

    /// Returns the labels in a declaration.
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
