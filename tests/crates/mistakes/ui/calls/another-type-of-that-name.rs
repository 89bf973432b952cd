use measurand::Metrics;

struct Calls;

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

fn main() {}
