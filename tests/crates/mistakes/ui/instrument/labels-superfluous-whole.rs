use measurand::{Calls, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

#[instrument_metrics(SHOP.pricing, labels(Op::Find))]
fn price() -> u32 {
    7
}

fn main() {}
