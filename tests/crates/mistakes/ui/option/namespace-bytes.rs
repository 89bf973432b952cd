use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = b"shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
