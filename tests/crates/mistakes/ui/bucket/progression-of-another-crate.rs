use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    /// Time to place an order.
    #[metric(buckets = exponential_buckets(0.001, 2.0, 10))]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
