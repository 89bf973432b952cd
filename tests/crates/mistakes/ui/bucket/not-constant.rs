use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

fn bounds() -> [f64; 2] {
    [1.0, 2.0]
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    #[metric(buckets = bounds())]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
