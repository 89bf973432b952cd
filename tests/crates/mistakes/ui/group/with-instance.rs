use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group, instance(cache: &str))]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

fn main() {}
