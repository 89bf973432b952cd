use measurand::unit::Seconds;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Age of the oldest order.
    age_d: Gauge<Seconds>,
}

fn main() {}
