use measurand::unit::Seconds;
use measurand::{Histogram, Metrics, instrument_metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Orders placed.
    price_seconds: Histogram<Seconds>,
}

#[instrument_metrics(SHOP.price_seconds)]
fn price() -> u32 {
    7
}

fn main() {}
