use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metric(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
