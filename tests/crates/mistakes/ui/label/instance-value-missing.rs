use measurand::{Counter, Metrics, Registry};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct PoolMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {
    let _ = PoolMetrics::register(Registry::global());
}
