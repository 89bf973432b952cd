use measurand::unit::Joules;
use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Energy used.
    used_joules_total: Counter<Joules>,
}

fn main() {
    METRICS.used_joules_total.inc_by("a");
}
