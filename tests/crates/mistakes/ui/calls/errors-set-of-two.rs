use measurand::calls::NoLabels;
use measurand::{Calls, LabelSet, LabelValue, Metrics};

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

#[derive(LabelSet)]
struct OpLabels {
    op: Op,
    kind: Kind,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<NoLabels, OpLabels>,
}

fn main() {}
