use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop:eu")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
