//! Where metrics are exported to, besides the page.

use std::env;

use measurand::otlp::{Environment, EnvironmentError};

/// What the environment asks for. OpenTelemetry's default is a collector on this machine, which few have who try this
/// out: so nothing is exported before somebody says so.
pub(crate) fn environment() -> Result<Environment, EnvironmentError> {
    match env::var_os("OTEL_METRICS_EXPORTER") {
        Some(_) => Environment::read(),
        None => Environment::of(|variable| {
            (variable == "OTEL_METRICS_EXPORTER").then(|| "none".to_owned())
        }),
    }
}
