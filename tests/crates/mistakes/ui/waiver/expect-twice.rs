use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(expect(counter_total, reason = "a"), expect(base_unit, reason = "b"))]
    waiting_minutes_total: Gauge,
}

fn main() {}
