use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = "METRICS")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
