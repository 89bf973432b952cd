use measurand::unit::Seconds;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time since the start.
    uptime_second: Gauge<Seconds>,
}

fn main() {}
