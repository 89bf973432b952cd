use measurand::calls::NoLabels;
use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
enum Outcome {
    Won,
    Lost,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<NoLabels, Outcome>,
}

fn main() {}
