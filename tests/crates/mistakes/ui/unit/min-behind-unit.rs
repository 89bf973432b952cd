use measurand::unit::Bytes;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Smallest cart.
    cart_bytes_min: Gauge<Bytes>,
}

fn main() {}
