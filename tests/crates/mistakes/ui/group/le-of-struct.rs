use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Time to place an order.
    wait_seconds: Histogram<Seconds>,
}

#[derive(Metrics)]
#[metrics(namespace = "pool", const_labels(le = "a"))]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
