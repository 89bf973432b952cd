use measurand::unit::Seconds;
use measurand::{Family, Histogram, LabelSet, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet)]
struct OrderLabels {
    tender: Tender,
    le: bool,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    order_duration_seconds: Family<OrderLabels, Histogram<Seconds>>,
}

fn main() {}
