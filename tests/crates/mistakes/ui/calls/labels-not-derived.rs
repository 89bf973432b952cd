use measurand::{Calls, Metrics};

enum Op {
    Insert,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Op>,
}

fn main() {}
