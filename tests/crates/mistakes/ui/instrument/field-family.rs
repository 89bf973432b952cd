use measurand::{Counter, Family, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue)]
enum Op {
    Insert,
    Find,
}

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<Op, Counter>,
}

#[instrument_metrics(SHOP.orders_total, labels(op = Op::Find))]
fn price() -> u32 {
    7
}

fn main() {}
