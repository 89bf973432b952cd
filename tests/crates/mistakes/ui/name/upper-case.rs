use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
#[allow(non_snake_case)]
struct ShopMetrics {
    /// Open connections.
    openConnections: Gauge,
}

fn main() {}
