use measurand::unit::Seconds;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Longest time to place an order.
    latency_seconds_max: Gauge<Seconds>,
}

fn main() {}
