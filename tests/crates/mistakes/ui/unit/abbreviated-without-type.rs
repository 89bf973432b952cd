use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Bytes written.
    written_kb_total: Counter,
}

fn main() {}
