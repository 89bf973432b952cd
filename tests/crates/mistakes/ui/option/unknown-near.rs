use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespase = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
