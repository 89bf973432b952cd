use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    latency_seconds: Histogram<std::time::Duration>,
}

fn main() {}
