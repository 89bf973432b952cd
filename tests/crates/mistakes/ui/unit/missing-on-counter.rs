use measurand::unit::Seconds;
use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time spent.
    cpu_total: Counter<Seconds>,
}

fn main() {}
