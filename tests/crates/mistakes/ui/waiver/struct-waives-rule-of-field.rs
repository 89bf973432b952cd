use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", expect(counter_total, reason = "an old dashboard"))]
struct ShopMetrics {
    /// Orders placed.
    orders: Counter,
}

fn main() {}
