use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct ShopMetrics {
    /// Requests waiting.
    queue_length: Gauge,
    /// Requests waiting.
    #[metric(rename = "queue_length")]
    waiting: Gauge,
}

fn main() {}
