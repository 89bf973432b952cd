use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct OrderMetrics {
    /// Pricing of baskets.
    pricing: Calls,
}

fn main() {}
