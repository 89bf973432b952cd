use measurand::{Calls, Metrics, instrument_metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

#[instrument_metrics(SHOP.pricing, max_series = 10)]
fn price() -> u32 {
    7
}

fn main() {}
