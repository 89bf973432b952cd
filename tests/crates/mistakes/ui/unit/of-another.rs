use measurand::unit::Amperes;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Charge of the battery.
    battery_mah: Gauge<Amperes>,
}

fn main() {}
