use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop_minutes")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
