use measurand::unit::Bytes;
use measurand::{Family, Histogram, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Size of an order.
    #[metric(buckets = exponential(64, 4, 10))]
    order_size_bytes: Family<Tender, Histogram<Bytes>>,
}

fn main() {
    let _timer = METRICS.order_size_bytes.with(Tender::Cash).start_timer();
}
