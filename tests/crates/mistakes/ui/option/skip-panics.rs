use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    #[metric(skip = std::num::NonZero::new(0).unwrap())]
    limit: std::num::NonZero<u32>,
}

fn main() {}
