use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(deny(namespace))]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

fn main() {}
