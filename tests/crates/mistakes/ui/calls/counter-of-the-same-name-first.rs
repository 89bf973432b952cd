use measurand::{Calls, Counter, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Prices asked for.
    pricing_calls_total: Counter,
    /// Pricing of orders.
    pricing: Calls,
}

fn main() {}
