use measurand::{Counter, Metrics};

const ORDERS: &str = "orders_total";

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    #[metric(rename = ORDERS)]
    orders_total: Counter,
}

fn main() {}
