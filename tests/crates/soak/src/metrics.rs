//! What is counted.

use std::time::Duration;

use measurand::registry::Registered;
use measurand::runtime::{FamilyOptions, RuntimeFamily};
use measurand::unit::Joules;
use measurand::{
    Calls, Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry,
    instrument_metrics,
};

#[derive(LabelValue, Clone, Copy)]
pub(crate) enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet, Clone, Copy)]
pub(crate) struct Shop<'a> {
    pub(crate) shop: &'a str,
}

/// Every kind of metric, of which nothing is ever removed.
#[derive(Metrics)]
#[metrics(group)]
pub(crate) struct Parts {
    /// Things.
    pub(crate) things_total: Counter,
    /// Energy.
    pub(crate) spent_joules_total: Counter<Joules>,
    /// A level.
    pub(crate) level: Gauge,
    /// Ones.
    #[metric(buckets = [1, 10])]
    pub(crate) ones: Histogram,
    /// Running now.
    pub(crate) running: InProgress,
    /// Sales.
    pub(crate) closed_total: Family<Tender, Counter>,
    /// Ones, by tender.
    #[metric(buckets = [1, 10])]
    pub(crate) closed_ones: Family<Tender, Histogram>,
    /// Visits.
    #[metric(max_series = 200)]
    pub(crate) open_total: Family<Shop<'static>, Counter>,
    /// Ones, by shop.
    #[metric(max_series = 200, buckets = [1, 10])]
    pub(crate) open_ones: Family<Shop<'static>, Histogram>,
    /// Running now, by shop.
    #[metric(max_series = 200)]
    pub(crate) open_running: Family<Shop<'static>, InProgress>,
    /// Few, so that most updates go to `__other__`.
    #[metric(max_series = 5)]
    pub(crate) few_total: Family<Shop<'static>, Counter>,
    /// Calls, by shop.
    #[metric(max_series = 200)]
    pub(crate) open: Calls<Shop<'static>>,
}

/// With cells in slabs where that is possible.
#[derive(Metrics)]
#[metrics(namespace = "soak", global = STATICS)]
pub(crate) struct Statics {
    #[metric(flatten)]
    pub(crate) parts: Parts,
}

/// With cells of its own.
#[derive(Metrics)]
#[metrics(namespace = "soak_instance", instance(name: &str))]
pub(crate) struct Instance {
    #[metric(flatten)]
    pub(crate) parts: Parts,
}

/// Series that come and go.
#[derive(Metrics)]
#[metrics(namespace = "soak_churn", global = CHURN)]
pub(crate) struct Churn {
    /// Things that are removed.
    #[metric(max_series = 1_000)]
    pub(crate) removed_total: Family<Shop<'static>, Counter>,
    /// Ones that are removed.
    #[metric(max_series = 1_000, buckets = [1, 10])]
    pub(crate) removed_ones: Family<Shop<'static>, Histogram>,
    /// Sales that are removed.
    pub(crate) cleared_total: Family<Tender, Counter>,
    /// Things that expire.
    #[metric(max_series = 1_000, expire_after = Duration::from_millis(300))]
    pub(crate) expired_total: Family<Shop<'static>, Counter>,
    /// Calls that are removed.
    #[metric(max_series = 1_000)]
    pub(crate) removed: Calls<Shop<'static>>,
}

/// What comes and goes as a whole.
#[derive(Metrics)]
#[metrics(namespace = "soak_fleeting", instance(name: &str))]
pub(crate) struct Fleeting {
    /// Things.
    pub(crate) things_total: Counter,
    /// Ones.
    #[metric(buckets = [1, 10])]
    pub(crate) ones: Histogram,
    /// Visits.
    #[metric(max_series = 100)]
    pub(crate) visits_total: Family<Shop<'static>, Counter>,
}

#[instrument_metrics]
pub(crate) fn site(step: u64) -> Result<u64, u64> {
    if step.is_multiple_of(3) { Err(step) } else { Ok(step) }
}

/// What is there all the time.
pub(crate) struct Steady {
    pub(crate) instance: Registered<Instance>,
    pub(crate) late: Registered<RuntimeFamily<Counter, 1>>,
}

impl Steady {
    pub(crate) fn new(registry: &Registry) -> Result<Steady, String> {
        let instance = Instance::register(registry, "steady").map_err(|error| error.to_string())?;
        let options = FamilyOptions::new("soak_late_total", "Made at run time.").max_series(100);
        let late = options.register(registry, ["shop"]).map_err(|error| error.to_string())?;
        Ok(Steady { instance, late })
    }

    /// How often everything was updated.
    pub(crate) fn updates(&self) -> u64 {
        self.instance.parts.things_total.get()
    }
}
