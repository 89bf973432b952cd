use measurand::{Counter, Metrics};

const VERSION: &str = "";

#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(version = VERSION, stage = concat!("", "")))]
struct ShopMetrics {
    /// Orders.
    orders_total: Counter,
}

fn main() {}
