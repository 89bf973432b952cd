#![deny(unused_must_use)]

use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Time to place an order.
    latency_seconds: Histogram<Seconds>,
}

fn main() {
    METRICS.latency_seconds.start_timer();
}
