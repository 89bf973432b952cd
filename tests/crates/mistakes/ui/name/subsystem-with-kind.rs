use measurand::{Counter, Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "order_gauge")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    /// Orders that wait.
    waiting_orders: Gauge,
}

fn main() {}
