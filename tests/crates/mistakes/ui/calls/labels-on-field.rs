use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(labels(op = Op::Find))]
    pricing: Calls<Op>,
}

fn main() {}
