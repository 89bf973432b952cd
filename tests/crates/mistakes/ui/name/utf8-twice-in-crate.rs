use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders that wait.
    waiting_orders: Gauge,
}

#[derive(Metrics)]
#[metrics(namespace = "shop.", utf8)]
struct OtherMetrics {
    /// Orders that wait.
    #[metric(rename = "waiting.orders")]
    waiting: Gauge,
}

fn main() {}
