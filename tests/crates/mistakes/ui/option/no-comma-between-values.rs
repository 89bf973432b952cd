use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(version = "1" region = "eu"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str shard: u64))]
struct PoolMetrics {
    /// Connections opened.
    opened_total: Counter,
}

fn main() {}
