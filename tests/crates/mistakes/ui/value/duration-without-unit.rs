use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {
    METRICS.orders_total.inc_by(std::time::Duration::ZERO);
}
