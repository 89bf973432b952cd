use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders taken.
    #[metric(utf8)]
    orders_total: Counter,
}

fn main() {}
