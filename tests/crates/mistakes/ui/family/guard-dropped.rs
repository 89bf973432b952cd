#![deny(unused_must_use)]

use measurand::{Family, InProgress, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders being placed.
    orders_in_progress: Family<Tender, InProgress>,
}

fn main() {
    METRICS.orders_in_progress.with(Tender::Cash).start();
}
