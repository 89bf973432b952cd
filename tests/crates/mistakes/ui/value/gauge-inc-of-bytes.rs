use measurand::unit::Bytes;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Size of an order.
    cart_size_bytes: Gauge<Bytes>,
}

fn main() {
    METRICS.cart_size_bytes.inc();
}
