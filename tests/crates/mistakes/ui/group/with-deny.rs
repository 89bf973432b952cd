use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group, deny(namespace))]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

fn main() {}
