use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

#[derive(Metrics)]
struct ShopMetrics {
    #[metric(flatten(prefix = "_cache"))]
    cache: CacheMetrics,
}

fn main() {}
