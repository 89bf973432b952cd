use measurand::{Calls, LabelSet, LabelValue, Metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

#[derive(LabelSet)]
struct OpLabels {
    outcome: Op,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<OpLabels>,
}

fn main() {}
