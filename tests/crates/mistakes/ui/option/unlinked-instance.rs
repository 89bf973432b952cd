use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", instance, unlinked)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
