use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", legacy)]
struct ShopMetrics {
    /// Orders placed.
    orders: Counter,
}

fn main() {}
