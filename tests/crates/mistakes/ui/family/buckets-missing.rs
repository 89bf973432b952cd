use measurand::unit::Bytes;
use measurand::{Family, Histogram, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Size of an order.
    order_size_bytes: Family<Tender, Histogram<Bytes>>,
}

fn main() {}
