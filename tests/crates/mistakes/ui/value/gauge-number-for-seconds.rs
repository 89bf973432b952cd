use measurand::unit::Seconds;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Age of the oldest order.
    age_seconds: Gauge<Seconds>,
}

fn main() {
    METRICS.age_seconds.set(5);
}
