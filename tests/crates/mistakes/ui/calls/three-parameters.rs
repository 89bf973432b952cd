use measurand::{Calls, LabelValue, Metrics};

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
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Op, Kind, Kind>,
}

fn main() {}
