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
    pricing: Calls,
}

fn main() {
    let _call = SHOP.pricing.with(Op::Find).start();
}
