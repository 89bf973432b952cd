use measurand::{Calls, LabelSet, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

#[derive(LabelSet)]
struct OpLabels {
    #[label(rename = "operation")]
    op: Op,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<OpLabels>,
}

#[instrument_metrics(SHOP.pricing, labels(operation = Op::Find))]
fn price() -> u32 {
    7
}

fn main() {}
