use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Rate of orders.
    orders_per_second: Gauge,
}

fn main() {}
