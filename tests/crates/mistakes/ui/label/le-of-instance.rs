use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(le: &str))]
struct ShopMetrics {
    /// Time to place an order.
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
