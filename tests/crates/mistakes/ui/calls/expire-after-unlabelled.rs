use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(expire_after = std::time::Duration::from_secs(600))]
    pricing: Calls,
}

fn main() {}
