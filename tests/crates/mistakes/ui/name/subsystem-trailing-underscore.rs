use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "checkout_")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
