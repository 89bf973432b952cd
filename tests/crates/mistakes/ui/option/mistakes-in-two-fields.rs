use measurand::{Counter, Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    #[metric(colour = "red")]
    orders_total: Counter,
    queue_length: Gauge,
}

fn main() {}
