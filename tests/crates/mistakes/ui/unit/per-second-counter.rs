use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Rate of orders.
    orders_per_second_total: Counter,
}

fn main() {}
