use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Open connections.
    connections_gsum: Gauge,
}

fn main() {}
