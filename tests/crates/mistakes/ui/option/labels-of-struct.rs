use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", labels(shard = "a"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    /// Time to place an order.
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
