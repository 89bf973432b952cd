use measurand::{Counter, Family, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<&'static str, Counter>,
}

fn main() {}
