use measurand::calls::NoLabels;
use measurand::{Calls, Metrics};

enum Kind {
    Timeout,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<NoLabels, Kind>,
}

fn main() {}
