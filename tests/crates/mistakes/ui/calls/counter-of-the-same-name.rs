use measurand::{Calls, Counter, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
    /// Prices asked for.
    pricing_calls_total: Counter,
}

fn main() {}
