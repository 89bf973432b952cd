use measurand::{Counter, Family, LabelSet, Metrics};
use std::time::Duration;

#[derive(LabelSet)]
struct TenantLabels {
    tenant: String,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(help = "Orders placed." max_series = 10 expire_after = Duration::from_secs(600))]
    orders_total: Family<TenantLabels, Counter>,
}

fn main() {}
