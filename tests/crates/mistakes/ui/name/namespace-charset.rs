use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "my-shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
