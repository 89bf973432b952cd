use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "_shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
