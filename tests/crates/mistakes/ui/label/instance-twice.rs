use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str, pool: &str))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
