use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(buckets = [1, 2])]
    queue_length: Gauge,
}

fn main() {}
