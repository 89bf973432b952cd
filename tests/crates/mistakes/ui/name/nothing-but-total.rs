use measurand::{Counter, Metrics};

#[derive(Metrics)]
struct ShopMetrics {
    /// Orders placed.
    total: Counter,
}

fn main() {}
