//! Exporting metrics, in addition to the page.

use std::env;

use measurand::otlp::{Environment, EnvironmentError};

/// Reads the environment. OpenTelemetry's default is to export to a collector on this machine,
/// which few have who try this example, so nothing is exported unless `OTEL_METRICS_EXPORTER` is
/// set.
pub(crate) fn environment() -> Result<Environment, EnvironmentError> {
    match env::var_os("OTEL_METRICS_EXPORTER") {
        Some(_) => Environment::read(),
        None => Environment::of(|variable| {
            (variable == "OTEL_METRICS_EXPORTER").then(|| "none".to_owned())
        }),
    }
}
