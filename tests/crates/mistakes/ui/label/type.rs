use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(r#type: &str))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
