use measurand::unit::Bytes;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    #[metric(buckets = [1, 2])]
    latency_seconds: Histogram<Bytes>,
}

fn main() {}
