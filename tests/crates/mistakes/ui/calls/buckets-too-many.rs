use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(buckets = exponential(0.001, 1.1, 60))]
    pricing: Calls,
}

fn main() {}
