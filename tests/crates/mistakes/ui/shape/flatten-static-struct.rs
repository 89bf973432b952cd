use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "cache")]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
