use measurand::unit::Bytes;
use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Bytes written.
    written_kb_total: Counter<Bytes>,
}

fn main() {}
