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
    #[metric(flatten, skip = 5)]
    cache: CacheMetrics,
}

fn main() {}
