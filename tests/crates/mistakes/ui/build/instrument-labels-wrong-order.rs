use measurand::{Calls, LabelSet, Metrics, instrument_metrics};

#[derive(LabelSet)]
struct OpLabels {
    is_new: bool,
    is_gift: bool,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", local)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<OpLabels>,
}

struct Shop {
    metrics: &'static ShopMetrics,
}

impl Shop {
    #[instrument_metrics(self.metrics.pricing, labels(is_gift = true, is_new = false))]
    fn price(&self) -> u32 {
        7
    }
}

fn main() {
    let shop = Shop { metrics: ShopMetrics::global() };
    shop.price();
}
