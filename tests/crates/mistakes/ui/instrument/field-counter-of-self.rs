use measurand::{Counter, Metrics, instrument_metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", local)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

struct Shop {
    metrics: ShopMetrics,
}

impl Shop {
    #[instrument_metrics(self.metrics.orders_total)]
    fn price(&self) -> u32 {
        7
    }
}

fn main() {}
