use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", legacy(reason = "moved here as they were"))]
struct ShopMetrics {
    /// Orders placed.
    #[metric(expect(abbreviation, reason = "it was so"))]
    orders: Counter,
}

fn main() {}
