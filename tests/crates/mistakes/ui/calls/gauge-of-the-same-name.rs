use measurand::{Calls, Gauge, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
    /// Prices asked for.
    pricing_in_progress: Gauge,
}

fn main() {}
