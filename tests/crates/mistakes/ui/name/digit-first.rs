use measurand::{Counter, Metrics};

#[derive(Metrics)]
struct ShopMetrics {
    /// Orders placed.
    #[metric(rename = "5xx_total")]
    errors_total: Counter,
}

fn main() {}
