use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    #[metric(buckets = linear(1, 2, 3, 4))]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
