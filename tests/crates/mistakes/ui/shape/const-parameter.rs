use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics<const N: usize> {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
