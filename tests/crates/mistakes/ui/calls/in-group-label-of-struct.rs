use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

/// The cache.
#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups.
    lookup: Calls<Op>,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(op = "a"))]
struct ShopMetrics {
    #[metric(flatten(prefix = "cache"))]
    cache: CacheMetrics,
}

fn main() {}
