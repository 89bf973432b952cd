use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    #[metric(buckets = [1, 2])]
    orders_total: Counter,
}

fn main() {}
