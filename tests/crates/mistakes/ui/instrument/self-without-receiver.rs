use measurand::{Calls, Metrics, instrument_metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", local)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

impl ShopMetrics {
    #[instrument_metrics(self.pricing)]
    fn price() -> u32 {
        7
    }
}

fn main() {}
