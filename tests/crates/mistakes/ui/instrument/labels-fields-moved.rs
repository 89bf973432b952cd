use measurand::{Calls, LabelSet, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

#[derive(LabelSet)]
struct OpLabels {
    op: Op,
    is_new: bool,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<OpLabels>,
}

#[instrument_metrics(SHOP.pricing, labels(OpLabels { op: Op::Find }))]
fn price() -> u32 {
    7
}

fn main() {}
