use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests waiting.
    wait_histogram_seconds: Histogram<Seconds>,
}

fn main() {}
