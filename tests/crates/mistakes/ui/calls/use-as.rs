use measurand::Calls as Pricing;
use measurand::Metrics;

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Pricing,
}

fn main() {}
