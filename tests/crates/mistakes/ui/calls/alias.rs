use measurand::{Calls, Metrics};

type Pricing = Calls;

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Pricing,
}

fn main() {}
