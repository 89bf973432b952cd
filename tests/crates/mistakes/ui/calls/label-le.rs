use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
enum Le {
    A,
    B,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Le>,
}

fn main() {}
