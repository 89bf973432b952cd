use measurand::unit::Joules;
use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Energy used.
    used_joules_total: Family<Tender, Counter<Joules>>,
}

fn main() {
    METRICS.used_joules_total.with(Tender::Cash).inc();
}
