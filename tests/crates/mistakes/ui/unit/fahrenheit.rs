use measurand::unit::Celsius;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Temperature.
    room_fahrenheit: Gauge<Celsius>,
}

fn main() {}
