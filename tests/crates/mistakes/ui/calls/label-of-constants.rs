use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(op = "a"))]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Op>,
}

fn main() {}
