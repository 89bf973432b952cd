use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(expect(counter_total, reason = "an old dashboard"))]
    pricing: Calls,
}

fn main() {}
