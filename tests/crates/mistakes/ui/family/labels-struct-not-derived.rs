use measurand::{Counter, Family, Metrics};

struct TenantLabels<'a> {
    tenant: &'a str,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<TenantLabels<'static>, Counter>,
}

fn main() {}
