use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
#[allow(non_snake_case)]
struct ShopMetrics {
    /// Usage.
    cpuUsagePercent: Gauge,
}

fn main() {}
