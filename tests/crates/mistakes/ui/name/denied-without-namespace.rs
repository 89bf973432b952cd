use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(deny(namespace))]
struct ShopMetrics {
    /// Requests waiting.
    queue_length: Gauge,
}

fn main() {}
