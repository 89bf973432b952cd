use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(expect(help, reason = "an old dashboard"))]
    waiting: Gauge,
}

fn main() {}
