use measurand::{Family, Histogram, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    latency_seconds: Family<Tender, Histogram<std::time::Duration>>,
}

fn main() {}
