use measurand::{Counter, Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "pool", instance)]
struct PoolMetrics {
    /// Connections that are open.
    open_connections: Gauge,
}

fn main() {
    ShopMetrics::new().orders_total.inc();
    PoolMetrics::default().open_connections.inc();
}
