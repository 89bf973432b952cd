use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Time to place an order.
    latency_seconds: Histogram<Seconds>,
}

async fn order() {
    METRICS.latency_seconds.time_async(|| 12).await;
}

fn main() {
    let _ = order();
}
