//! A dependency with metrics, which registers nothing and whose functions nobody calls.

use measurand::{Counter, InProgress, Metrics, instrument_metrics};

/// What the dependency does.
#[derive(Debug, Metrics)]
#[metrics(namespace = "linked", global = METRICS)]
pub struct LinkedMetrics {
    /// Things done.
    pub things_total: Counter,
    /// Things being done now.
    pub in_progress: InProgress,
}

/// Does a thing.
#[instrument_metrics]
pub fn do_thing() {
    let _guard = METRICS.in_progress.start();
    METRICS.things_total.inc();
}
