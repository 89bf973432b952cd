use measurand::calls::NoLabels;
use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(kind = "a"))]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<NoLabels, Kind>,
}

fn main() {}
