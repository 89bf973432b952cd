use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Bytes read.
    read_bytes_total: Counter,
}

fn main() {}
