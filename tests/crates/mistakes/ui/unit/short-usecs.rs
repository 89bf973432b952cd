use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// What is measured.
    spent_usecs_total: Counter,
}

fn main() {}
