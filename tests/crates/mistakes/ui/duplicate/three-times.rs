use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    queue_length: Gauge,
    /// Requests waiting.
    #[metric(rename = "queue_length")]
    waiting: Gauge,
    /// Requests waiting.
    #[metric(rename = "queue_length")]
    waiting_too: Gauge,
}

fn main() {}
