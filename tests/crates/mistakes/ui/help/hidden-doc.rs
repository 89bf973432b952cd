use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[doc(hidden)]
    orders_total: Counter,
}

fn main() {}
