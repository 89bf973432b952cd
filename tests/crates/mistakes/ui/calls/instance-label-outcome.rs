use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", instance(outcome: &str))]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

fn main() {}
