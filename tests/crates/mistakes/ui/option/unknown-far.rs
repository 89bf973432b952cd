use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(colour = "red")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
