use measurand::unit::Seconds;
use measurand::{Family, Histogram, LabelSet, Metrics};

#[derive(LabelSet)]
struct TenantLabels<'a> {
    tenant: &'a str,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    order_duration_seconds: Family<TenantLabels<'static>, Histogram<Seconds>>,
}

fn main() {}
