use measurand::unit::Bytes;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Size of an order.
    #[metric(buckets = linear(1, 0.25, 5))]
    cart_size_bytes: Histogram<Bytes>,
}

fn main() {}
