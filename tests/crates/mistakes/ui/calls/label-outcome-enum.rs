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
    pricing: Calls<Outcome>,
}

fn main() {}
