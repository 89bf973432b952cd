use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<_, Kind>,
}

fn main() {}
