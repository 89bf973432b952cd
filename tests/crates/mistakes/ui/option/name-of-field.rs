use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    #[metric(name = "placed_total")]
    orders_total: Counter,
    /// Time to place an order.
    latency_seconds: Histogram<Seconds>,
}

fn main() {}
