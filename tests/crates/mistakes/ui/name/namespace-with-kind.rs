use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop_counter")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
