use measurand::{Calls, Metrics};

/// The cache.
#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups.
    lookup_calls: Calls,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten(prefix = "cache"))]
    cache: CacheMetrics,
}

fn main() {}
