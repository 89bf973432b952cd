use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(buckets = [1, 2], expect(bucket_count, reason = "an old dashboard"))]
    pricing: Calls,
}

fn main() {}
