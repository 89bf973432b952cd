use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(static)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
