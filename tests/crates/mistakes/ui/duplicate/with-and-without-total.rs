use measurand::{Counter, Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    queue: Gauge,
    /// Orders placed.
    queue_total: Counter,
}

fn main() {}
