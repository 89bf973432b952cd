use measurand::{Histogram, Metrics};
use measurand::unit::Seconds;

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// What is measured.
    wait_millis: Histogram<Seconds>,
}

fn main() {}
