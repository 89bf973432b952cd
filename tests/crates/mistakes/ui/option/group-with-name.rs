use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group(cache))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
