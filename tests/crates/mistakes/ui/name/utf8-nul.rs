use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop.", utf8)]
struct ShopMetrics {
    /// Orders that wait.
    #[metric(rename = "waiting\0orders")]
    waiting: Gauge,
}

fn main() {}
