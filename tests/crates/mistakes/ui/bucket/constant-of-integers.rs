use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

const BOUNDS: [u32; 2] = [1, 2];

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    #[metric(buckets = BOUNDS)]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
