use measurand::unit::Seconds;
use measurand::{Family, Histogram, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Time to place an order.
    order_duration_seconds: Family<Tender, Histogram<Seconds>>,
}

fn main() {
    METRICS.order_duration_seconds.with(Tender::Cash).inc();
}
