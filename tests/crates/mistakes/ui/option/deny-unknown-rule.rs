use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", deny(name_space))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
