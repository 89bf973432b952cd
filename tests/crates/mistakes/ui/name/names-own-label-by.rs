use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct ShopMetrics {
    /// Open connections.
    connections_by_pool: Gauge,
}

fn main() {}
