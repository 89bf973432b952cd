use measurand::{Counter, Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    queue: Gauge,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct QueueMetrics {
    /// Orders placed.
    queue_total: Counter,
}

fn main() {}
