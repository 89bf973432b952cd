//! Why a family that is made at run time was not registered.

use std::error::Error;
use std::fmt;

use crate::declare::EXPIRES_AT_ONCE;
use crate::descriptor::DescriptorError;
use crate::labels::MAX_LABELS;
use crate::registry::RegisterError;
#[cfg(any(feature = "export", feature = "requests", feature = "serve"))]
use crate::registry::Registered;

/// Why a family that is made at run time was not registered.
#[non_exhaustive]
pub enum RegisterFamilyError<T> {
    /// There can be no such family; why, and what to do.
    Invalid(InvalidFamily),
    /// The registry has refused it.
    Register(RegisterError<T>),
}

/// Why there can be no such family.
///
/// ```
/// use measurand::descriptor::DescriptorError;
/// use measurand::naming::NameError;
/// use measurand::runtime::{RegisterFamilyError, FamilyOptions, InvalidFamily};
/// use measurand::{Counter, Registry};
///
/// let registry = Registry::new();
/// let error = FamilyOptions::new("plug-in_hits", "Calls of the plug-in.")
///     .max_series(500)
///     .register::<Counter, 1>(&registry, ["hook"])
///     .unwrap_err();
/// let RegisterFamilyError::Invalid(InvalidFamily::Descriptor(name)) = &error else { panic!("{error}") };
/// let charset = NameError::Charset;
/// assert_eq!(*name, DescriptorError::Name { name: "plug-in_hits".to_owned(), error: charset });
/// assert!(error.to_string().contains("help: write `plug_in_hits`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidFamily {
    /// No metric can be so, be it a family or not.
    Descriptor(DescriptorError),
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
    /// It says how fine native buckets are, and has none.
    NotNative {
        /// The family.
        family: String,
    },
    /// Native buckets cannot be as it says.
    Native {
        /// The family.
        family: String,
        /// Why, and what to write instead.
        problem: &'static str,
    },
    /// It has quantiles, and is no summary.
    NoSummary {
        /// The family.
        family: String,
    },
    /// Its quantiles cannot be so.
    Quantiles {
        /// The family.
        family: String,
        /// Why, and what to write instead.
        problem: &'static str,
    },
    /// Its series expire at once.
    ExpiresAtOnce {
        /// The family.
        family: String,
    },
}

impl fmt::Display for InvalidFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidFamily::Descriptor(error) => error.fmt(f),
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
            InvalidFamily::NotNative { family } => write!(
                f,
                "family `{family}` has no native buckets\nhelp: make it one of `NativeHistogram`, or remove `.native(…)`"
            ),
            InvalidFamily::Native { problem, .. } => f.write_str(problem),
            InvalidFamily::NoSummary { family } => write!(
                f,
                "family `{family}` has no quantiles\nhelp: make it one of `Summary`, or remove `.quantiles(…)`"
            ),
            InvalidFamily::Quantiles { problem, .. } => f.write_str(problem),
            InvalidFamily::ExpiresAtOnce { .. } => f.write_str(EXPIRES_AT_ONCE),
        }
    }
}

impl Error for InvalidFamily {}

impl From<DescriptorError> for InvalidFamily {
    fn from(error: DescriptorError) -> Self {
        InvalidFamily::Descriptor(error)
    }
}

/// What was registered, also if it was there already.
#[cfg(any(feature = "export", feature = "requests", feature = "serve"))]
pub(crate) fn or_existing<T>(
    registered: Result<Registered<T>, RegisterFamilyError<T>>,
) -> Result<Registered<T>, RegisterFamilyError<T>> {
    match registered {
        Err(RegisterFamilyError::Register(RegisterError::AlreadyRegistered(existing))) => {
            Ok(existing)
        }
        other => other,
    }
}

impl<T> fmt::Display for RegisterFamilyError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegisterFamilyError::Invalid(problem) => problem.fmt(f),
            RegisterFamilyError::Register(error) => error.fmt(f),
        }
    }
}

impl<T> fmt::Debug for RegisterFamilyError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegisterFamilyError({self})")
    }
}

impl<T> Error for RegisterFamilyError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RegisterFamilyError::Invalid(_) => None,
            RegisterFamilyError::Register(error) => error.source(),
        }
    }
}
