use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Requests waiting.
    queue_length: Gauge,
}

fn main() {
    METRICS.queue_length.set("a");
}
