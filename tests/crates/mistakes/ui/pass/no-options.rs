use measurand::{Counter, Metrics};

#[derive(Metrics)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {
    ShopMetrics::global().orders_total.inc();
}
