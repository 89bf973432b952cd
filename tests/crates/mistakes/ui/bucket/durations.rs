use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    /// Time to place an order.
    #[metric(buckets = [Duration::from_millis(5), Duration::from_millis(1250)])]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
