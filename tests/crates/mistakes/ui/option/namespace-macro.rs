use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = concat!("my_", "shop"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
