use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(expect(counter_total, reason = "a", reason = "b"))]
    waiting_total: Gauge,
}

fn main() {}
