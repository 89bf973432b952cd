use measurand::unit::Ratio;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// CPU used.
    cpu_percent: Gauge<Ratio>,
}

fn main() {}
