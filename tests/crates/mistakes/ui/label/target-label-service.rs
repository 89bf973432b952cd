use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(service: &str))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
