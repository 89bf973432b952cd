use measurand::{Calls, Metrics};

/// The cache.
#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups.
    lookup: Calls,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(outcome = "a"))]
struct ShopMetrics {
    #[metric(flatten(prefix = "cache"))]
    cache: CacheMetrics,
}

fn main() {}
