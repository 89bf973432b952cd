use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "3shops")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
