use measurand::unit::Seconds;
use measurand::{Gauge, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", legacy(reason = "moved here as they were"))]
struct ShopMetrics {
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
    /// Waits.
    wait_seconds_count: Gauge,
}

fn main() {}
