use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: Vec<u8>))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
