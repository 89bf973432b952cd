use measurand::unit::Ratio;
use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Hits.
    hit_ratios: Gauge<Ratio>,
}

fn main() {}
