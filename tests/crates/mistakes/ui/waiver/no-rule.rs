use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(expect(reason = "an old dashboard"))]
    waiting_total: Gauge,
}

fn main() {}
