//! What is refused.

use std::error::Error;
use std::fmt;

/// Why a check was not added: there is one of its name.
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

/// Why the metrics of checks could not be added to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthMetricsError(pub(super) String);

impl fmt::Display for HealthMetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for HealthMetricsError {}
