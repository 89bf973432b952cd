use measurand::{Calls, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

struct StoreError;

impl StoreError {
    fn kind(&self) -> Kind {
        Kind::Timeout
    }
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls<Kind>,
}

#[instrument_metrics(SHOP.pricing, error = StoreError::kind)]
fn price() -> Result<u32, StoreError> {
    Err(StoreError)
}

fn main() {}
