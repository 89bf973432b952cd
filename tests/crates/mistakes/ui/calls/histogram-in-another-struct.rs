use measurand::{Calls, Histogram, Metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct OrderMetrics {
    /// Prices.
    pricing_duration_seconds: Histogram<measurand::unit::Seconds>,
}

fn main() {}
