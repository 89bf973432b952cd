use measurand::{Calls, Metrics, instrument_metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", local)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
}

struct Shop {
    metrics: &'static ShopMetrics,
}

#[instrument_metrics(self.metrics.pricing)]
impl Shop {
    fn open(&self) -> bool {
        true
    }

    fn new(metrics: &'static ShopMetrics) -> Shop {
        Shop { metrics }
    }
}

fn main() {}
