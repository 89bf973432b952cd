use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop" "online", local)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
