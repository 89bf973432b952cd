use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group, legacy(reason = "moved here as they were"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
