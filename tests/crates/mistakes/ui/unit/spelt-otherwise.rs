use measurand::unit::{Celsius, Joules};
use measurand::{Counter, Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Temperature of the store.
    temp_c: Gauge<Celsius>,
    /// Energy used.
    energy_kwh: Counter<Joules>,
}

fn main() {}
