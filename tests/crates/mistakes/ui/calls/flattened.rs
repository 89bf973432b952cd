use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(flatten)]
    pricing: Calls,
}

fn main() {}
