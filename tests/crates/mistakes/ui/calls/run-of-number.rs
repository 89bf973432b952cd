use measurand::{Calls, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders.
    orders: Calls,
}

fn main() {
    METRICS.orders.run(|| 12);
}
