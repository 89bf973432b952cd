use measurand::{Counter, Family, LabelSet, Metrics};

#[derive(LabelSet)]
struct TenantLabels<'a> {
    tenant: &'a str,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    #[metric(max_series = 0)]
    orders_total: Family<TenantLabels<'static>, Counter>,
}

fn main() {}
