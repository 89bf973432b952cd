use measurand::unit::Seconds;
use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// CPU time.
    cpu_seconds_total: Counter<Seconds>,
}

fn main() {
    METRICS.cpu_seconds_total.inc();
}
