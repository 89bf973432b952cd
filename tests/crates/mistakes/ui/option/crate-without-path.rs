use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", crate)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
