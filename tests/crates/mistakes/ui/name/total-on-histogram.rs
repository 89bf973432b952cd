use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(buckets = [1, 2])]
    wait_total: Histogram,
}

fn main() {}
