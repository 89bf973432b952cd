use measurand::family::{Method, StatusClass};
use measurand::unit::Seconds;
use measurand::{Family, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    #[metric(buckets = linear(0.001, 0.001, 250), expect(bucket_count, reason = "a test"))]
    order_duration_seconds: Family<(Method, StatusClass), Histogram<Seconds>>,
}

fn main() {}
