use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
    /// Pricing of baskets.
    #[metric(rename = "pricing")]
    baskets: Calls,
}

fn main() {}
