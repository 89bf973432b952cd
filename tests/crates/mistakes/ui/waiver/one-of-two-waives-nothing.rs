use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(expect(counter_total, base_unit, reason = "an old dashboard"))]
    waiting_total: Gauge,
}

fn main() {}
