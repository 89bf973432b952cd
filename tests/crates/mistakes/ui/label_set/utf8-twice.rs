use measurand::{Counter, Family, LabelSet, Metrics};

#[derive(LabelSet)]
struct Request<'a> {
    #[label(rename = "tenant.id", utf8)]
    tenant: &'a str,
    tenant_id: &'a str,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders taken.
    #[metric(max_series = 5)]
    orders_total: Family<Request<'static>, Counter>,
}

fn main() {}
