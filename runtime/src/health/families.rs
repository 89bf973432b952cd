//! Metrics of checks.

use super::outcome::{CheckOutcome, Status};
use crate::metric::{Counter, Gauge};
use crate::registry::{Registered, Registry};
use crate::runtime::{FamilyOptions, RegisterFamilyError, RuntimeFamily, RuntimeRead};
use crate::unit::Seconds;

/// The most checks with their own series.
const MOST: usize = 1_000;

/// The families of a [`Health`](super::Health).
pub(super) struct HealthFamilies {
    healthy: Registered<RuntimeFamily<Gauge, 1>>,
    duration: Registered<RuntimeFamily<Gauge<Seconds>, 1>>,
    runs: Registered<RuntimeFamily<Counter, 2>>,
    _ready: Registered<RuntimeRead<Gauge>>,
}

impl HealthFamilies {
    /// Adds the families to a registry, which calls `is_ready` at each scrape.
    #[track_caller]
    pub(super) fn new(
        registry: &Registry,
        is_ready: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<HealthFamilies, String> {
        let family =
            |name: &str, help: &str, series| FamilyOptions::new(name, help).max_series(series);
        let healthy =
            family("health_check_healthy", "Whether the last run of the check was ok.", MOST);
        let duration = family(
            "health_check_duration_seconds",
            "How long the last run of the check took.",
            MOST,
        );
        let runs = family(
            "health_checks_total",
            "Runs of checks, by how they ended.",
            MOST * Status::ALL.len(),
        );
        let ready = FamilyOptions::new(
            "health_ready",
            "Whether the service takes requests, as last known.",
        );
        Ok(HealthFamilies {
            healthy: new(healthy.register(registry, ["check"]))?,
            duration: new(duration.register(registry, ["check"]))?,
            runs: new(runs.register(registry, ["check", "result"]))?,
            _ready: new(ready.register_read(registry, move || u64::from(is_ready())))?,
        })
    }

    /// Creates the series of a check, which may have run already.
    pub(super) fn add(&self, check: &str, last: Option<&CheckOutcome>) {
        for status in Status::ALL {
            self.runs.with([check, status.key()]).inc_by(0);
        }
        if let Some(last) = last {
            self.is_now(check, last);
        }
    }

    /// Counts a run of a check.
    pub(super) fn ran(&self, check: &str, outcome: &CheckOutcome) {
        self.runs.with([check, outcome.status.key()]).inc();
        self.is_now(check, outcome);
    }

    fn is_now(&self, check: &str, outcome: &CheckOutcome) {
        self.healthy.with([check]).set(u64::from(outcome.is_ok()));
        self.duration.with([check]).set(outcome.took);
    }
}

/// Returns what was registered; unlike elsewhere, an existing family is an error.
fn new<T>(
    registered: Result<Registered<T>, RegisterFamilyError<T>>,
) -> Result<Registered<T>, String> {
    registered.map_err(|error| error.to_string())
}
