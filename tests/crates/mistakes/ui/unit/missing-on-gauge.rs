use measurand::unit::Bytes;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Size of an order.
    size: Gauge<Bytes>,
}

fn main() {}
