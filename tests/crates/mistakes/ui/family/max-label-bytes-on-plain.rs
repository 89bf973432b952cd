use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    #[metric(max_label_bytes = 4096)]
    orders_total: Counter,
}

fn main() {}
