use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", utf8)]
struct ShopMetrics {
    /// Orders taken.
    orders_total: Counter,
}

fn main() {}
