use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(buckets = [2, 1])]
    queue_length: Gauge,
}

fn main() {}
