use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", const_labels(poolName = "a"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
