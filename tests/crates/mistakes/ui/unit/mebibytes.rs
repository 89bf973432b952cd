use measurand::unit::Bytes;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Size of an order.
    cart_mebibytes: Gauge<Bytes>,
}

fn main() {}
