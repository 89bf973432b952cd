use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", legacy(reason = "moved here as they were"))]
struct ShopMetrics {
    /// Orders placed.
    #[metric(rename = "orders-placed")]
    orders: Counter,
    /// Orders left.
    left: Counter,
}

fn main() {}
