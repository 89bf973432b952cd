use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(job: &str))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
