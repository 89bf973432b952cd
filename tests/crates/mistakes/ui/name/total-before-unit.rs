use measurand::unit::Bytes;
use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Bytes read.
    read_total_bytes: Counter<Bytes>,
}

fn main() {}
