use measurand::unit::Bytes;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Size of an order.
    cart_size_bytes: Histogram<Bytes>,
}

fn main() {}
