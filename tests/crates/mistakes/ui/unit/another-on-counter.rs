use measurand::unit::Bytes;
use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    read_seconds_total: Counter<Bytes>,
}

fn main() {}
