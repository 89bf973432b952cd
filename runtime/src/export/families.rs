//! Metrics of exports.

use std::time::{Duration, SystemTime};

use super::error::{ExportError, ExportMetricsError};
use super::exporter::Sent;
use crate::metric::{Counter, Gauge};
use crate::registry::{Registered, Registry};
use crate::runtime::{FamilyOptions, RegisterFamilyError, RuntimeFamily, or_existing};
use crate::unit::Seconds;

/// The most exporters with their own series.
const MOST: usize = 100;

/// The results of an export.
const RESULTS: [&str; 3] = ["ok", "failed", "missed"];

/// The metrics of exports.
pub(super) struct ExportFamilies {
    exports: Registered<RuntimeFamily<Counter, 2>>,
    points: Registered<RuntimeFamily<Counter, 1>>,
    rejected: Registered<RuntimeFamily<Counter, 1>>,
    duration: Registered<RuntimeFamily<Gauge<Seconds>, 1>>,
    last: Registered<RuntimeFamily<Gauge<Seconds>, 1>>,
}

impl ExportFamilies {
    /// Adds the metrics to a registry.
    #[track_caller]
    pub(super) fn new(registry: &Registry) -> Result<ExportFamilies, ExportMetricsError> {
        let family =
            |name: &str, help: &str, series| FamilyOptions::new(name, help).max_series(series);
        let exports =
            family("measurand_exports_total", "Exports by how they ended.", MOST * RESULTS.len());
        let points =
            family("measurand_exported_points_total", "Points that a receiver has taken.", MOST);
        let rejected = family(
            "measurand_rejected_points_total",
            "Points that a receiver has not taken of exports that it took.",
            MOST,
        );
        let duration = family(
            "measurand_export_duration_seconds",
            "How long it took to send the last export.",
            MOST,
        );
        let last = family(
            "measurand_last_export_timestamp_seconds",
            "When the last export was taken, since 1970.",
            MOST,
        );
        Ok(ExportFamilies {
            exports: with_existing(exports.register(registry, ["exporter", "result"]))?,
            points: with_existing(points.register(registry, ["exporter"]))?,
            rejected: with_existing(rejected.register(registry, ["exporter"]))?,
            duration: with_existing(duration.register(registry, ["exporter"]))?,
            last: with_existing(last.register(registry, ["exporter"]))?,
        })
    }

    /// Creates the series of an exporter.
    pub(super) fn add(&self, exporter: &str) {
        RESULTS.iter().for_each(|result| self.exports.with([exporter, result]).inc_by(0));
        self.points.with([exporter]).inc_by(0);
        self.rejected.with([exporter]).inc_by(0);
    }

    /// Counts a skipped interval.
    pub(super) fn missed(&self, exporter: &str) {
        self.exports.with([exporter, "missed"]).inc();
    }

    /// Counts an export that ended.
    pub(super) fn ended(&self, exporter: &str, took: Duration, result: &Result<Sent, ExportError>) {
        self.duration.with([exporter]).set(took);
        match result {
            Ok(sent) => {
                self.exports.with([exporter, "ok"]).inc();
                self.points.with([exporter]).inc_by(sent.points);
                self.rejected.with([exporter]).inc_by(sent.rejected);
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                self.last.with([exporter]).set(now.unwrap_or_default());
            }
            Err(_) => self.exports.with([exporter, "failed"]).inc(),
        }
    }
}

/// Returns what was registered, now or before.
fn with_existing<T>(
    registered: Result<Registered<T>, RegisterFamilyError<T>>,
) -> Result<Registered<T>, ExportMetricsError> {
    or_existing(registered).map_err(|error| ExportMetricsError(error.to_string()))
}
