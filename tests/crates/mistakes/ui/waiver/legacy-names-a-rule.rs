use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", legacy(counter_total, reason = "moved here"))]
struct ShopMetrics {
    /// Orders placed.
    orders: Counter,
}

fn main() {}
