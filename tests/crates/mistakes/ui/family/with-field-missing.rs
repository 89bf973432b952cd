use measurand::{Counter, Family, LabelSet, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet)]
struct OrderLabels<'a> {
    tender: Tender,
    tenant: &'a str,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    #[metric(max_series = 500)]
    orders_total: Family<OrderLabels<'static>, Counter>,
}

fn main() {
    METRICS.orders_total.with(OrderLabels { tender: Tender::Cash }).inc();
}
