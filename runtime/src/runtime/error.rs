//! Why a family that is made at run time was not registered.

use std::error::Error;
use std::fmt;

use crate::declare::EXPIRES_AT_ONCE;
use crate::labels::MAX_LABELS;
use crate::naming::{self, LabelError, NameError};
use crate::registry::RegisterError;

/// Why a family that is made at run time was not registered.
#[non_exhaustive]
pub enum FamilyError<T> {
    /// There can be no such family; why, and what to do.
    Invalid(InvalidFamily),
    /// The registry has refused it.
    Register(RegisterError<T>),
}

/// Why there can be no such family.
///
/// ```
/// use measurand::naming::NameError;
/// use measurand::runtime::{FamilyError, FamilyOptions, InvalidFamily};
/// use measurand::{Counter, Registry};
///
/// let registry = Registry::new();
/// let error = FamilyOptions::new("plug-in_hits", "Calls of the plug-in.")
///     .max_series(500)
///     .register::<Counter, 1>(&registry, ["hook"])
///     .unwrap_err();
/// let FamilyError::Invalid(InvalidFamily::Name { name, error: NameError::Charset }) = &error else {
///     panic!("{error}");
/// };
/// assert_eq!(name, "plug-in_hits");
/// assert!(error.to_string().ends_with("help: write `plug_in_hits`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidFamily {
    /// No metric can be called so.
    Name {
        /// The name, with the `_total` of a counter if that was added.
        name: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// It has no help text.
    NoHelp {
        /// The family.
        family: String,
    },
    /// No label of such a metric can be called so.
    Label {
        /// The label.
        label: String,
        /// What is wrong with it.
        error: LabelError,
    },
    /// Two labels have one name.
    LabelTwice {
        /// The family.
        family: String,
        /// The name.
        label: String,
    },
    /// It has no labels, or too many.
    LabelCount {
        /// The family.
        family: String,
        /// How many it has.
        count: usize,
    },
    /// The number of its series has no limit, or one of 0.
    NoLimit {
        /// The family.
        family: String,
    },
    /// Its labels may have no byte.
    NoLabelBytes {
        /// The family.
        family: String,
    },
    /// Its series expire at once.
    ExpiresAtOnce {
        /// The family.
        family: String,
    },
    /// Its buckets cannot be so.
    Buckets {
        /// The family.
        family: String,
        /// Why, and what to do.
        problem: String,
    },
    /// It has buckets, and is no histogram.
    NoHistogram {
        /// The family.
        family: String,
    },
}

impl fmt::Display for InvalidFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidFamily::Name { name, error } => f.write_str(&naming::name_problem(name, *error)),
            InvalidFamily::NoHelp { family } => {
                write!(f, "family `{family}` has no help text\nhelp: say what is counted")
            }
            InvalidFamily::Label { label, error } => {
                f.write_str(&naming::label_problem(label, *error))
            }
            InvalidFamily::LabelTwice { family, label } => {
                write!(f, "two labels of `{family}` are called `{label}`\nhelp: rename one")
            }
            InvalidFamily::LabelCount { family, count } => {
                let help = match count {
                    0 => "name one, or declare the metric in a struct with `#[derive(Metrics)]`",
                    _ => "leave out those that tell little: each one multiplies the series",
                };
                write!(
                    f,
                    "a family has 1 to {MAX_LABELS} labels, and `{family}` has {count}\nhelp: {help}"
                )
            }
            InvalidFamily::NoLimit { family } => write!(
                f,
                "family `{family}` needs a limit of its series\nhelp: add `.max_series(500)`"
            ),
            InvalidFamily::NoLabelBytes { family } => write!(
                f,
                "labels without a byte tell nothing apart in family `{family}`\nhelp: write `.max_label_bytes(4096)`"
            ),
            InvalidFamily::ExpiresAtOnce { .. } => f.write_str(EXPIRES_AT_ONCE),
            InvalidFamily::Buckets { problem, .. } => f.write_str(problem),
            InvalidFamily::NoHistogram { family } => write!(
                f,
                "`{family}` is no histogram, and has no buckets\nhelp: remove `.buckets(…)`, or register a `Histogram`"
            ),
        }
    }
}

impl Error for InvalidFamily {}

impl<T> fmt::Display for FamilyError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FamilyError::Invalid(problem) => problem.fmt(f),
            FamilyError::Register(error) => error.fmt(f),
        }
    }
}

impl<T> fmt::Debug for FamilyError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FamilyError({self})")
    }
}

impl<T> Error for FamilyError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FamilyError::Invalid(_) => None,
            FamilyError::Register(error) => error.source(),
        }
    }
}
