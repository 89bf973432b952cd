use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Hits.
    cache_hits_total: Counter,
    #[metric(flatten(prefix = "cache"))]
    cache: CacheMetrics,
}

fn main() {}
