use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    ///
    orders_total: Counter,
}

fn main() {}
