use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    /// Time to place an order.
    #[metric(buckets = exponential(std::time::Duration::from_micros(500), 2, 10))]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
