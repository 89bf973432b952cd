#![deny(unused_must_use)]

use measurand::{InProgress, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders being placed.
    in_progress: InProgress,
}

fn main() {
    METRICS.in_progress.start();
}
