use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
