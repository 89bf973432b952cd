use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", instance(job: &str))]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(expect(target_label, reason = "an old dashboard"))]
    waiting: Gauge,
}

fn main() {}
