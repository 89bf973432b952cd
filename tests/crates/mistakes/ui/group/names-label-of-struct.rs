use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_by_pool_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
