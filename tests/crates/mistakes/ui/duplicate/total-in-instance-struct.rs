use measurand::{Counter, Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct ShopMetrics {
    /// Requests waiting.
    queue: Gauge,
    /// Orders placed.
    queue_total: Counter,
}

fn main() {}
