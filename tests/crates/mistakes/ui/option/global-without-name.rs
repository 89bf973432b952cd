use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
