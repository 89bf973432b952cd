use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders that wait.
    waiting_orders: Gauge,
    /// Orders that wait.
    #[metric(rename = "waiting.orders", utf8)]
    waiting: Gauge,
}

fn main() {}
