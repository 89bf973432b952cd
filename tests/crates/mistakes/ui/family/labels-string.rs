use measurand::{Counter, Family, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<String, Counter>,
}

fn main() {}
