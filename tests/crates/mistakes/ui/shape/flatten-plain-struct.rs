use measurand::Metrics;

struct CacheMetrics {
    hits: u64,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
