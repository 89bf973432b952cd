use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    #[metric(expect(bucket_count, reason = "an old dashboard"))]
    wait_seconds: Histogram<Seconds>,
}

fn main() {}
