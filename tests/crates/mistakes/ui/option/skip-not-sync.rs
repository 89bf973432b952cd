use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    #[metric(skip = std::cell::Cell::new(5))]
    limit: std::cell::Cell<u32>,
}

fn main() {}
