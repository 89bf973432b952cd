use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "MyShop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
