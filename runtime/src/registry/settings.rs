//! Settings of a binary for the metrics of its dependencies, made once at startup.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::descriptor::{ConstLabels, Descriptor, Names};
use crate::naming::{label_error, name_error};

#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    excluded: Vec<String>,
    prefixes: Vec<(String, String)>,
    pub(super) labels: Vec<(String, String)>,
}

impl Settings {
    pub(super) fn exclude(&mut self, package: &str, known: &[&str]) -> Result<(), SettingError> {
        check_package(package, known)?;
        self.excluded.push(package.to_owned());
        Ok(())
    }

    pub(super) fn prefix(
        &mut self,
        package: &str,
        prefix: &str,
        known: &[&str],
    ) -> Result<(), SettingError> {
        check_package(package, known)?;
        check_prefix(prefix)?;
        self.prefixes.retain(|(other, _)| other != package);
        self.prefixes.push((package.to_owned(), prefix.to_owned()));
        Ok(())
    }

    pub(super) fn label(
        &mut self,
        name: &str,
        value: &str,
        taken_by: Option<String>,
    ) -> Result<(), SettingError> {
        check_label_name(name)?;
        if let Some(metric) = taken_by {
            return Err(SettingError::LabelTaken { label: name.to_owned(), metric });
        }
        self.labels.retain(|(other, _)| other != name);
        self.labels.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    pub(super) fn excludes(&self, descriptor: &Descriptor) -> bool {
        self.excluded.iter().any(|package| package == descriptor.location.package)
    }

    /// Returns the name with its prefix.
    pub(super) fn name(&self, descriptor: &Descriptor) -> Cow<'static, str> {
        let prefix =
            self.prefixes.iter().find(|(package, _)| package == descriptor.location.package);
        match prefix {
            Some((_, prefix)) => format!("{prefix}_{}", descriptor.name).into(),
            None => descriptor.name.clone(),
        }
    }

    /// Returns the names of all labels of a family's series.
    pub(super) fn label_names(&self, descriptor: &Descriptor) -> Vec<Cow<'static, str>> {
        let own: Vec<Cow<'static, str>> = match &descriptor.label_names {
            Names::Declared(names) => names.iter().map(|name| Cow::Borrowed(*name)).collect(),
            Names::Made(names) => names.iter().map(|name| Cow::Owned(name.clone())).collect(),
        };
        let constant: Vec<Cow<'static, str>> = match &descriptor.const_labels {
            ConstLabels::Declared(labels) => {
                labels.iter().map(|(name, _)| Cow::Borrowed(*name)).collect()
            }
            ConstLabels::Made(labels) => {
                labels.iter().map(|(name, _)| Cow::Owned(name.clone())).collect()
            }
        };
        let set = self.labels.iter().map(|(name, _)| Cow::Owned(name.clone()));
        own.into_iter().chain(constant).chain(set).collect()
    }

    /// Returns the values of the labels that the registry adds to every series.
    pub(super) fn label_values(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().map(|(_, value)| value.as_str())
    }
}

/// Checks that names can be prefixed with `prefix` and a `_`.
pub(super) fn check_prefix(prefix: &str) -> Result<(), SettingError> {
    match name_error(prefix).is_some() || prefix.ends_with('_') {
        true => Err(SettingError::Prefix(prefix.to_owned())),
        false => Ok(()),
    }
}

/// Checks that a label of this name is possible on metrics of all kinds.
pub(super) fn check_label_name(name: &str) -> Result<(), SettingError> {
    match label_error(name, None).is_some() || matches!(name, "le" | "quantile") {
        true => Err(SettingError::LabelName(name.to_owned())),
        false => Ok(()),
    }
}

fn check_package(package: &str, known: &[&str]) -> Result<(), SettingError> {
    if known.contains(&package) {
        return Ok(());
    }
    Err(SettingError::UnknownPackage {
        package: package.to_owned(),
        known: known.iter().map(|&name| name.to_owned()).collect(),
    })
}

/// Why a setting of a registry was refused. Nothing was changed.
///
/// ```
/// use measurand::Registry;
/// use measurand::registry::SettingError;
///
/// let registry = Registry::new();
/// let error = registry.set_label("shard-number", "7").unwrap_err();
/// assert_eq!(error, SettingError::LabelName("shard-number".to_owned()));
/// registry.to_text();
/// assert_eq!(registry.set_label("shard", "7"), Err(SettingError::AlreadyGathered));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingError {
    /// Metrics were gathered already, and names and labels must not change between scrapes.
    AlreadyGathered,
    /// Another thread blocks the registry for several seconds.
    Stuck,
    /// No metric of that package is registered.
    UnknownPackage {
        /// The package that was given.
        package: String,
        /// The packages that have metrics.
        known: Vec<String>,
    },
    /// No name can start with this prefix.
    Prefix(String),
    /// This is not a valid label name.
    LabelName(String),
    /// The view of the registry adds that label already.
    LabelTwice {
        /// The label.
        label: String,
    },
    /// A metric declares that label itself.
    LabelTaken {
        /// The label.
        label: String,
        /// The metric.
        metric: String,
    },
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingError::AlreadyGathered => f.write_str(
                "the metrics were gathered already: change settings before the first scrape",
            ),
            SettingError::Stuck => f.write_str(
                "another thread has blocked the registry for seconds, and may be suspended: let it run, and try again",
            ),
            SettingError::UnknownPackage { package, known } => {
                write!(f, "no metric of package `{package}` is registered; ")?;
                match known.as_slice() {
                    [] => f.write_str("no package has metrics"),
                    known => write!(f, "packages with metrics are `{}`", known.join("`, `")),
                }
            }
            SettingError::Prefix(prefix) => write!(
                f,
                "`{prefix}` cannot start a metric's name: use words of letters and digits joined by `_`, starting with a letter"
            ),
            SettingError::LabelName(name) => write!(
                f,
                "`{name}` cannot be a label of every metric: use letters, digits and `_`, starting with a letter, but neither `le` nor `quantile`"
            ),
            SettingError::LabelTwice { label } => write!(
                f,
                "this view of the registry adds the label `{label}` already: make a view of the registry itself, or choose another name"
            ),
            SettingError::LabelTaken { label, metric } => {
                write!(
                    f,
                    "metric `{metric}` declares the label `{label}` itself: choose another name"
                )
            }
        }
    }
}

impl Error for SettingError {}
