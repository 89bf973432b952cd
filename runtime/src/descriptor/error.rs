//! Errors of building descriptors.

use std::error::Error;
use std::fmt;

use crate::naming::{self, LabelError, NameError};

/// An error of building a [`Descriptor`](crate::Descriptor), with what to do.
///
/// ```
/// use measurand::Descriptor;
/// use measurand::descriptor::DescriptorError;
///
/// let error = Descriptor::gauge("pool_idle", " ").build().unwrap_err();
/// assert_eq!(error, DescriptorError::NoHelp { family: "pool_idle".to_owned() });
///
/// let twice = Descriptor::gauge("pool_idle", "Idle connections.").labels(["pool", "pool"]);
/// assert!(matches!(twice.build(), Err(DescriptorError::LabelTwice { label, .. }) if label == "pool"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DescriptorError {
    /// A metric cannot have this name.
    Name {
        /// The name, including the suffix that was appended to it.
        name: String,
        /// The error in the name.
        error: NameError,
    },
    /// There is no help text.
    NoHelp {
        /// The family.
        family: String,
    },
    /// A label of such a metric cannot have this name.
    Label {
        /// The label.
        label: String,
        /// The error in the name.
        error: LabelError,
    },
    /// Two labels have the same name.
    LabelTwice {
        /// The family.
        family: String,
        /// The name.
        label: String,
    },
    /// The buckets are refused.
    Buckets {
        /// The family.
        family: String,
        /// The reason, with what to do.
        problem: String,
    },
    /// It has buckets, but is not a histogram.
    NoHistogram {
        /// The family.
        family: String,
    },
}

impl fmt::Display for DescriptorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DescriptorError::Name { name, error } => {
                f.write_str(&naming::name_problem(name, *error))
            }
            DescriptorError::NoHelp { family } => {
                write!(f, "family `{family}` has no help text\nhelp: say what is counted")
            }
            DescriptorError::Label { label, error } => {
                f.write_str(&naming::label_problem(label, *error))?;
                match error {
                    LabelError::Charset => f.write_str(", or allow such names with `utf8()`"),
                    _ => Ok(()),
                }
            }
            DescriptorError::LabelTwice { family, label } => {
                write!(f, "two labels of `{family}` are called `{label}`\nhelp: rename one")
            }
            DescriptorError::Buckets { problem, .. } => f.write_str(problem),
            DescriptorError::NoHistogram { family } => write!(
                f,
                "`{family}` is not a histogram, and cannot have buckets\nhelp: remove `.buckets(…)`, or make it a histogram"
            ),
        }
    }
}

impl Error for DescriptorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            DescriptorError::Name { error, .. } => Some(error),
            DescriptorError::Label { error, .. } => Some(error),
            _ => None,
        }
    }
}
