use measurand::{Calls, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", local)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Op>,
}

struct Shop {
    metrics: &'static ShopMetrics,
}

impl Shop {
    #[instrument_metrics(self.metrics.pricing, labels(oper = Op::Find))]
    fn price(&self) -> u32 {
        7
    }
}

fn main() {
    let shop = Shop { metrics: ShopMetrics::global() };
    shop.price();
}
