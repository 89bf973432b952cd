use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(outcome = "a"))]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

fn main() {}
