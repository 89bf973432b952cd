use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", legacy(reason = "moved here as they were"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
