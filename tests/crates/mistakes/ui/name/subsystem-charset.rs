use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "check-out")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
