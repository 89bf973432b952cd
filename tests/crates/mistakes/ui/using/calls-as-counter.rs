use measurand::unit::Seconds;
use measurand::{Calls, Histogram, InProgress, Metrics, Registry};

/// The shop.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Pricing of orders.
    pricing: Calls,
    /// Orders being placed.
    in_progress: InProgress,
    /// Time to place an order.
    latency_seconds: Histogram<Seconds>,
}

fn main() {
    METRICS.pricing.inc();
    METRICS.in_progress.set(3);
    METRICS.latency_seconds.start();
    Registry::new().register(&METRICS);
}
