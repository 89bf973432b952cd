use measurand::calls::NoLabels;
use measurand::{Calls, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<NoLabels, std::io::Error>,
}

fn main() {}
