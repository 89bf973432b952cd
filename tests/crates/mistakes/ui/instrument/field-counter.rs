use measurand::{Counter, Metrics, instrument_metrics};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

#[instrument_metrics(SHOP.orders_total)]
fn price() -> u32 {
    7
}

fn main() {}
