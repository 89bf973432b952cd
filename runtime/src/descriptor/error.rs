//! Why there can be no such descriptor.

use std::error::Error;
use std::fmt;

use crate::naming::{self, LabelError, NameError};

/// Why there can be no such [`Descriptor`](crate::Descriptor), and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DescriptorError {
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
                    LabelError::Charset => f.write_str(", or allow such names by `utf8()`"),
                    _ => Ok(()),
                }
            }
            DescriptorError::LabelTwice { family, label } => {
                write!(f, "two labels of `{family}` are called `{label}`\nhelp: rename one")
            }
            DescriptorError::Buckets { problem, .. } => f.write_str(problem),
            DescriptorError::NoHistogram { family } => write!(
                f,
                "`{family}` is no histogram, and has no buckets\nhelp: remove `.buckets(…)`, or make it a histogram"
            ),
        }
    }
}

impl Error for DescriptorError {}
