use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct PoolMetrics {
    /// Connections opened.
    opened_connections_total: Counter,
}

fn main() {
    PoolMetrics::global().opened_connections_total.inc();
}
