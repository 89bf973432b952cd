use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    /// Time to place an order.
    #[metric(unit = "seconds")]
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
