use measurand::unit::Bytes;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Size of an order.
    size_bytes: Histogram<Bytes>,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
}

fn main() {}
