use measurand::unit::Seconds;
use measurand::{Family, Histogram, LabelSet, Metrics};

#[derive(LabelSet)]
struct LimitLabels {
    le: bool,
}

#[derive(LabelSet)]
struct OrderLabels {
    #[label(flatten)]
    limit: LimitLabels,
    is_gift: bool,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    order_duration_seconds: Family<OrderLabels, Histogram<Seconds>>,
}

fn main() {}
