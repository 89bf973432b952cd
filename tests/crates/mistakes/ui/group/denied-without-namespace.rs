use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

#[derive(Metrics)]
#[metrics(deny(namespace))]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
