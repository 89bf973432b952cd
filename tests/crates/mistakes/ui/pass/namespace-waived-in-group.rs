use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Hits.
    #[metric(expect(namespace, reason = "an old dashboard"))]
    hits_total: Counter,
}

#[derive(Metrics)]
#[metrics(deny(namespace))]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
