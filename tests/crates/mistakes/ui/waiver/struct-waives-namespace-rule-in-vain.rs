use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", expect(snake_case, reason = "an old dashboard"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
