use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = 5)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
