use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(buckets = [1.0, 0.5])]
    pricing: Calls,
}

fn main() {}
