use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str), global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
