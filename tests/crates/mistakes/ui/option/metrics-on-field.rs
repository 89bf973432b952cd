use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    #[metrics(rename = "placed_total")]
    orders_total: Counter,
}

fn main() {}
