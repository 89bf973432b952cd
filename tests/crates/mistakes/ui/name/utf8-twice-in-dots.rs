use measurand::{Gauge, Metrics};

#[derive(Metrics)]
struct ShopMetrics {
    /// Orders that wait.
    waiting_dot_orders: Gauge,
    /// Orders that wait.
    #[metric(rename = "waiting.orders", utf8)]
    waiting: Gauge,
}

fn main() {}
