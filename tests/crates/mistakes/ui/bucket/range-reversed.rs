use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    #[metric(buckets = exponential_range(2, 1, 5))]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
