use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(expect(counter_total, reason = "an old dashboard"))]
    waiting: Gauge,
}

fn main() {}
