use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct ShopMetrics {
    /// Connections opened.
    opened_connections_per_pool_total: Counter,
}

fn main() {}
