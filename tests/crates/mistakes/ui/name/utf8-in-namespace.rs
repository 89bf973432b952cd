use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop.orders")]
struct ShopMetrics {
    /// Orders taken.
    taken_total: Counter,
}

fn main() {}
