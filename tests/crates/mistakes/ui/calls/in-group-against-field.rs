use measurand::{Calls, Counter, Metrics};

/// The cache.
#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups.
    lookup: Calls,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Look-ups.
    cache_lookup_calls_total: Counter,
    #[metric(flatten(prefix = "cache"))]
    cache: CacheMetrics,
}

fn main() {}
