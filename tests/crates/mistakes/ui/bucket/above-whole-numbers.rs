use measurand::unit::Bytes;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Size of an order.
    #[metric(buckets = [1, 1e20])]
    cart_size_bytes: Histogram<Bytes>,
}

fn main() {}
