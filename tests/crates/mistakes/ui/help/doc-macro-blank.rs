use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[doc = concat!("\n", " ")]
    orders_total: Counter,
}

fn main() {}
