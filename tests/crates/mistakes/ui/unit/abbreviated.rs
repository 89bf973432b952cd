use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    latency_ms: Histogram<Seconds>,
}

fn main() {}
