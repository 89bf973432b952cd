use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", expect(target_label, reason = "an old dashboard"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
