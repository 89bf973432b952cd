use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(_pool: &str))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
