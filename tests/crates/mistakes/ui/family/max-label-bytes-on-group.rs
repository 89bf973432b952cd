use measurand::{Counter, Family, LabelSet, Metrics};

#[derive(LabelSet)]
struct TenantLabels<'a> {
    tenant: &'a str,
}

#[derive(Metrics)]
#[metrics(group)]
struct CheckoutMetrics {
    /// Orders placed.
    #[metric(max_series = 500)]
    orders_total: Family<TenantLabels<'static>, Counter>,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(flatten, max_label_bytes = 4096)]
    checkout: CheckoutMetrics,
}

fn main() {}
