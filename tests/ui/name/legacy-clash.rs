use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", legacy(reason = "dashboards read these"))]
struct ShopMetrics {
    /// Time to place an order.
    order: Histogram<Seconds>,
    /// Orders placed.
    order_count: Counter,
}

fn main() {}
