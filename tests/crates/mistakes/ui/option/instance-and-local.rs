use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str), local)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
