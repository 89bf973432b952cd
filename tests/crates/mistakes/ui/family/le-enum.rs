use measurand::unit::Seconds;
use measurand::{Family, Histogram, LabelValue, Metrics};

#[derive(LabelValue)]
enum Le {
    Low,
    High,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    order_duration_seconds: Family<Le, Histogram<Seconds>>,
}

fn main() {}
