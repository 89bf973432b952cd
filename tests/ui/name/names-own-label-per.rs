use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct ShopMetrics {
    /// Open connections.
    connections_per_pool: Gauge,
}

fn main() {}
