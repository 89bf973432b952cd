use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(expect(colour, reason = "an old dashboard"))]
    pricing: Calls,
}

fn main() {}
