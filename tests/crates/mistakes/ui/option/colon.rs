use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace: "shop", local)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
