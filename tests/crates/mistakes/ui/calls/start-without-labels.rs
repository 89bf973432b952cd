use measurand::{Calls, LabelValue, Metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Op>,
}

fn main() {
    let _call = SHOP.pricing.start();
}
