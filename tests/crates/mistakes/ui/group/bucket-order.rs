use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Time to place an order.
    #[metric(buckets = [2, 1])]
    wait_seconds: Histogram<Seconds>,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
