use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// What is measured.
    mbytes_cached: Gauge,
}

fn main() {}
