use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop_")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
