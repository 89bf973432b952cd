//! Errors of health.

use std::error::Error;
use std::fmt;

/// The error of adding a check: another one has the same name.
///
/// ```
/// use measurand::health::{Check, DuplicateCheck, Health};
///
/// let check = || Check::new("database", || async { Ok::<(), String>(()) });
/// let error: DuplicateCheck = Health::new().check(check())?.check(check()).unwrap_err();
/// assert!(error.to_string().starts_with("there is a health check `database` already"));
/// # Ok::<(), DuplicateCheck>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateCheck {
    pub(super) name: String,
}

impl fmt::Display for DuplicateCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        write!(
            f,
            "there is a health check `{name}` already\n\
             help: give this one another name, or leave it out"
        )
    }
}

impl Error for DuplicateCheck {}

/// The error of adding the metrics of checks to a registry.
///
/// ```
/// use measurand::Registry;
/// use measurand::health::{Health, HealthMetricsError};
///
/// let registry = Registry::new();
/// let _api = Health::new().metrics(&registry)?;
/// let error: HealthMetricsError = Health::new().metrics(&registry).unwrap_err();
/// assert!(error.to_string().contains("help: to use several `Health`s with one registry"));
/// // Each has its own series in a view of the registry.
/// let registry = Registry::new();
/// let _api = Health::new().metrics(&registry.with_label("of", "api")?)?;
/// let _admin = Health::new().metrics(&registry.with_label("of", "admin")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthMetricsError(pub(super) String);

impl fmt::Display for HealthMetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for HealthMetricsError {}
