//! Errors of health.

use std::error::Error;
use std::fmt;

/// The error of adding a check: another one has the same name.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthMetricsError(pub(super) String);

impl fmt::Display for HealthMetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for HealthMetricsError {}
