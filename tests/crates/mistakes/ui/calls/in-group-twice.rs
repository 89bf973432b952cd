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
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten(prefix = "price"))]
    prices: CacheMetrics,
    #[metric(flatten(prefix = "price"))]
    stock: CacheMetrics,
}

fn main() {}
