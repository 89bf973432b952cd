use measurand::{Calls, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", local)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Op>,
}

#[instrument_metrics(metrics.pricing, labels(what = Op::Find))]
fn price(metrics: &ShopMetrics) -> u32 {
    7
}

fn main() {
    price(ShopMetrics::global());
}
