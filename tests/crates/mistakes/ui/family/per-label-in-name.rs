use measurand::{Counter, Family, LabelSet, Metrics};

#[derive(LabelSet)]
struct TenantLabels<'a> {
    tenant: &'a str,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests answered.
    #[metric(max_series = 500)]
    requests_per_tenant_total: Family<TenantLabels<'static>, Counter>,
}

fn main() {}
