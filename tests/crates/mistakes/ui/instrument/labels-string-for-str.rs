use measurand::{Calls, LabelSet, Metrics, instrument_metrics};

#[derive(LabelSet)]
struct TenantLabels<'a> {
    tenant: &'a str,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(max_series = 10)]
    pricing: Calls<TenantLabels<'static>>,
}

#[instrument_metrics(SHOP.pricing, labels(tenant = tenant.clone()))]
fn price(tenant: String) {}

fn main() {}
