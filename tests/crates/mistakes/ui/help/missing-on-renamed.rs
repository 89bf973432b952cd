use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(rename = "orders_total")]
    orders: Counter,
}

fn main() {}
