use measurand::calls::NoLabels;
use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
#[label(name = "code")]
struct Code(String);

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    #[metric(max_series = 10)]
    pricing: Calls<NoLabels, Code>,
}

fn main() {}
