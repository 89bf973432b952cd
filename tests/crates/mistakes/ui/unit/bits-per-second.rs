use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Load of the link.
    link_bits_per_second: Gauge,
}

fn main() {}
