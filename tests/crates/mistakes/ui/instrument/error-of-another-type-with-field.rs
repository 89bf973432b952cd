use measurand::calls::NoLabels;
use measurand::{Calls, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

fn kind(_: &u32) -> Kind {
    Kind::Timeout
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<NoLabels, Kind>,
}

#[instrument_metrics(SHOP.pricing, error = kind)]
fn price() -> Result<u32, String> {
    Ok(7)
}

fn main() {}
