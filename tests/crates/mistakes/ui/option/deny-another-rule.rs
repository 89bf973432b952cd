use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", deny(base_unit))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
