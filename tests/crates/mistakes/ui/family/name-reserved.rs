use measurand::{Family, Gauge, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders waiting.
    orders_count: Family<Tender, Gauge>,
}

fn main() {}
