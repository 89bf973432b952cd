use measurand::{Counter, Metrics, Registry};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct PoolMetrics {
    /// Orders placed.
    orders_total: Counter,
    #[metric(skip = std::num::NonZero::new(0).unwrap())]
    limit: std::num::NonZero<u32>,
}

fn main() {
    let _ = PoolMetrics::register(Registry::global(), "orders");
}
