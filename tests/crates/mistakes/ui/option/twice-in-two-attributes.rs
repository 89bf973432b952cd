use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
#[metrics(namespace = "store")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
