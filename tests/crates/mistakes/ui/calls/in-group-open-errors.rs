use measurand::calls::NoLabels;
use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
#[label(name = "code")]
struct Code(String);

/// The cache.
#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups.
    lookup: Calls<NoLabels, Code>,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten(prefix = "cache"))]
    cache: CacheMetrics,
}

fn main() {}
