use measurand::{Counter, Metrics};

#[derive(Metrics)]
struct ShopMetrics {
    /// Orders placed.
    _orders_total: Counter,
}

fn main() {}
