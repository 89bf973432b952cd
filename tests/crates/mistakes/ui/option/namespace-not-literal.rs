use measurand::{Counter, Metrics};

const NAMESPACE: &str = "shop";

#[derive(Metrics)]
#[metrics(namespace = NAMESPACE)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
