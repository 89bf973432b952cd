use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", const_labels(pool = 1))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
