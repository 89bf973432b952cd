use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups that found something.
    hits: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
