use measurand::unit::Bytes;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Size of an order.
    #[metric(buckets = [1, 2])]
    cart_size_bytes: Histogram<Bytes>,
}

fn main() {
    METRICS.cart_size_bytes.observe(1.5);
}
