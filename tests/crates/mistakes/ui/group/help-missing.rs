use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    hits_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
