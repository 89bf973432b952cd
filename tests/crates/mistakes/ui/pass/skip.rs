use std::sync::atomic::AtomicU64;

use measurand::{Counter, Metrics};

const LIMIT: u32 = 5;

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    #[metric(skip = LIMIT + 1)]
    limit: u32,
    #[metric(skip = String::new())]
    name: String,
    #[metric(skip = AtomicU64::new(7))]
    seen: AtomicU64,
}

fn main() {
    assert_eq!(ShopMetrics::global().limit, 6);
}
