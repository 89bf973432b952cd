use measurand::unit::Bytes;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Size of an order.
    #[metric(buckets = [1, 9_007_199_254_740_992, 9_007_199_254_740_993])]
    cart_size_bytes: Histogram<Bytes>,
}

fn main() {}
