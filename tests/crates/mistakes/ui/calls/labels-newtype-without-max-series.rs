use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
#[label(name = "code")]
struct Code(String);

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Code>,
}

fn main() {}
