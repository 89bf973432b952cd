use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    order_summary_length: Gauge,
}

fn main() {}
