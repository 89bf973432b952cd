use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

const BOUNDS: [f64; 2] = [2.0, 1.0];

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    #[metric(buckets = BOUNDS)]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
