use measurand::{Counter, Metrics};

#[derive(Metrics)]
struct ShopMetrics {
    /// Orders placed.
    #[metric(namespace = "shop")]
    orders_total: Counter,
}

fn main() {}
