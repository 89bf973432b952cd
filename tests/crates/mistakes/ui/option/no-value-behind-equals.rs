use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace =)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
