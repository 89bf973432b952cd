use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    #[metric(buckets = exponential(0, 2, 5))]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
