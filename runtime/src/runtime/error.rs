//! Errors of families made at run time.

use std::error::Error;
use std::fmt;

use crate::declare::EXPIRES_AT_ONCE;
use crate::descriptor::DescriptorError;
use crate::labels::MAX_LABELS;
use crate::registry::RegisterError;
#[cfg(any(feature = "export", feature = "requests", feature = "serve"))]
use crate::registry::Registered;

/// The error of registering a family at run time.
///
/// ```
/// use measurand::registry::RegisterError;
/// use measurand::runtime::{FamilyOptions, InvalidFamily, RegisterFamilyError};
/// use measurand::{Counter, Registry};
///
/// let registry = Registry::new();
/// let hits = || FamilyOptions::new("doc_register_error_total", "Hits.");
/// let error = hits().register::<Counter, 1>(&registry, ["hook"]).unwrap_err();
/// assert!(matches!(error, RegisterFamilyError::Invalid(InvalidFamily::NoLimit { .. })));
///
/// let first = hits().register_unlabelled::<Counter>(&registry)?;
/// // The same family is returned by the error.
/// let second = match hits().register_unlabelled::<Counter>(&registry) {
///     Err(RegisterFamilyError::Register(RegisterError::AlreadyRegistered(existing))) => existing,
///     other => other?,
/// };
/// second.inc();
/// assert_eq!(first.get(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
pub enum RegisterFamilyError<T> {
    /// The family is not valid.
    Invalid(InvalidFamily),
    /// The registry refused the family.
    Register(RegisterError<T>),
}

/// Why a family is not valid.
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
    /// The name, the help text, a label or a bucket is not valid.
    Descriptor(DescriptorError),
    /// The family has no labels, or too many.
    LabelCount {
        /// The family.
        family: String,
        /// The number of labels.
        count: usize,
    },
    /// The family has no limit of its series, or a limit of 0.
    NoLimit {
        /// The family.
        family: String,
    },
    /// The limit of a label value is 0 bytes.
    NoLabelBytes {
        /// The family.
        family: String,
    },
    /// The family has options for native buckets, but no native buckets.
    NotNative {
        /// The family.
        family: String,
    },
    /// The options of native buckets are not valid.
    Native {
        /// The family.
        family: String,
        /// What is wrong, and what to write instead.
        problem: &'static str,
    },
    /// The family has quantiles, but is not a summary.
    NoSummary {
        /// The family.
        family: String,
    },
    /// The quantiles or the window are not valid.
    Quantiles {
        /// The family.
        family: String,
        /// What is wrong, and what to write instead.
        problem: &'static str,
    },
    /// The series would expire immediately.
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
                    0 => "add one, or use `register_unlabelled`",
                    _ => "leave out the least useful ones: each one multiplies the series",
                };
                write!(
                    f,
                    "a family must have 1 to {MAX_LABELS} labels, but `{family}` has {count}\nhelp: {help}"
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
                "family `{family}` has no native buckets\nhelp: register a `NativeHistogram`, or remove `.native(…)`"
            ),
            InvalidFamily::Native { problem, .. } => f.write_str(problem),
            InvalidFamily::NoSummary { family } => write!(
                f,
                "family `{family}` has no quantiles\nhelp: register a `Summary`, or remove `.quantiles(…)`"
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

/// Returns what was registered, now or before.
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
