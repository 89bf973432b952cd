use measurand::unit::Seconds;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time until a cart is dropped.
    timeout_milliseconds: Gauge<Seconds>,
}

fn main() {}
