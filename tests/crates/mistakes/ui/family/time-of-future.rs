use measurand::family::Method;
use measurand::unit::Seconds;
use measurand::{Family, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Time to place an order.
    latency_seconds: Family<Method, Histogram<Seconds>>,
}

async fn place() {}

async fn order() {
    METRICS.latency_seconds.with(Method::Post).time(place).await;
}

fn main() {
    let _ = order();
}
