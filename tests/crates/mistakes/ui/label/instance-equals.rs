use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool = "a"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
