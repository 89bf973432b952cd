use measurand::unit::Seconds;
use measurand::{Gauge, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    wait_seconds: Histogram<Seconds>,
    /// Requests waiting.
    #[metric(expect(reserved_suffix, reason = "an old dashboard"))]
    wait_seconds_count: Gauge,
}

fn main() {}
