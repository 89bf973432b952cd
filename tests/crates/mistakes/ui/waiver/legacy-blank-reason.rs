use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", legacy(reason = " "))]
struct ShopMetrics {
    /// Orders placed.
    orders: Counter,
}

fn main() {}
