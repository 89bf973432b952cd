use measurand::{Calls, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Op>,
}

#[instrument_metrics(SHOP.pricing, labels(op = Kind::Timeout))]
fn price() -> u32 {
    7
}

fn main() {}
