use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(expect(kind_in_name, reason = "an old dashboard"))]
    pricing_calls: Calls,
}

fn main() {}
