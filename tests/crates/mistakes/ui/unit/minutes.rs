use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time until a cart is dropped.
    timeout_minutes: Gauge,
}

fn main() {}
