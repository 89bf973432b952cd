use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", const_labels(le = "1"))]
struct ShopMetrics {
    /// Time to place an order.
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
