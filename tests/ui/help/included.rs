use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[doc = include_str!("included.md")]
    orders_total: Counter,
}

fn main() {}
