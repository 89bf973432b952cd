use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(sample = 64)]
    pricing: Calls,
}

fn main() {}
