use measurand::{Counter, Family, LabelSet, Metrics};

#[derive(LabelSet)]
struct TenantLabels<'a> {
    tenant: &'a str,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    #[metric(max_series = 500)]
    orders_total: Family<TenantLabels<'static>, Counter>,
}

fn main() {
    let orders = {
        let tenant = String::from("acme");
        METRICS.orders_total.with(TenantLabels { tenant: &tenant })
    };
    orders.inc();
}
