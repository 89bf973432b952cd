use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// CPU used.
    cpu_pct: Gauge,
}

fn main() {}
